"""JSON in columns: compact, keys sorted, and nothing that is not JSON."""

import json


def to_json(value: object) -> str:
    """Compact JSON text. Raises on NaN and on what JSON cannot hold."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
