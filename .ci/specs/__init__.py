"""Holding recorded traffic against specifications: OpenAPI 3, Swagger 2, or our own shape tables."""
