"""Runbooks and the handbook, and the index that answers from them by section."""
