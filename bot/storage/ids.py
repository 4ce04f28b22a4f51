"""Names for rows that members see: short, and not to be guessed."""

from __future__ import annotations

import base64
import secrets


def new_id() -> str:
    """Ten characters of lowercase base32: 50 random bits."""
    return base64.b32encode(secrets.token_bytes(7))[:10].decode().lower()
