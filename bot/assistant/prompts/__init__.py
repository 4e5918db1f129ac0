"""Texts that a model is shown."""
