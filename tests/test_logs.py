"""No token and no address with one reaches a log line, not even inside a traceback."""

from __future__ import annotations

import io
import logging

import pytest
from rich.console import Console

from bot import logs

BOT_TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4OQ.GabcDE.0123456789abcdefghijABCDEFGHIJ-_0123456"


@pytest.fixture
def output() -> io.StringIO:
    text = io.StringIO()
    logs.set_up("debug", ["canary-secret"], Console(file=text, width=500))
    return text


def test_a_bot_token_is_never_written(output: io.StringIO) -> None:
    logging.getLogger("atelier.test").warning("logging in with %s", BOT_TOKEN)
    assert "[redacted]" in output.getvalue()
    assert BOT_TOKEN not in output.getvalue()


def test_a_known_secret_is_never_written(output: io.StringIO) -> None:
    logging.getLogger("atelier.test").info("it is canary-secret")
    assert "canary" not in output.getvalue()


def test_the_token_in_an_interactions_address_is_never_written(output: io.StringIO) -> None:
    for path in (
        "webhooks/1234567/aW50ZXJhY3Rpb246/messages/@original",
        "interactions/1234567/aW50ZXJhY3Rpb246/callback",
    ):
        logging.getLogger("atelier.test").warning("POST https://discord.com/api/v10/%s failed", path)
    assert "aW50ZXJhY3Rpb246" not in output.getvalue()
    assert "/messages/@original" in output.getvalue()


def test_a_traceback_is_cleaned_too(output: io.StringIO) -> None:
    try:
        raise RuntimeError(f"bad token {BOT_TOKEN}")
    except RuntimeError:
        logging.getLogger("atelier.test").exception("failed")
    assert "Traceback" in output.getvalue()
    assert BOT_TOKEN not in output.getvalue()


def test_libraries_do_not_write_their_debug_lines(output: io.StringIO) -> None:
    logging.getLogger("discord.http").debug("POST with a prompt in it")
    assert output.getvalue() == ""
