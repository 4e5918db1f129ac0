"""Measurements printed side by side with the bare thing, never asserted in a timed test."""
