"""The shape of what crosses the wire, and how to read ids and options out of it safely."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def snowflake_or_none(value: object) -> int | None:
    """The id in a path, query or body, or None where it is none."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 20 else None


def objects(value: object) -> list[Json]:
    """The JSON objects in an optional list; anything else in it is left out."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def object_or_empty(value: object) -> Json:
    """An optional JSON object; anything else counts as an empty one."""
    return value if isinstance(value, dict) else {}


def is_true(value: str | None) -> bool:
    """A boolean query string as Discord reads it: true, True or 1."""
    return value in {"true", "True", "1"}
