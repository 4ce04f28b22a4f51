"""No token and no address with one reaches a log line, not even inside a traceback."""

from __future__ import annotations

import ast
import io
import logging
import re
from pathlib import Path

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


def test_no_log_line_is_given_an_id_or_the_words_of_a_member() -> None:
    telling = re.compile(r"user_id|user\.id|author|target|actor|prompt|negative|words|pseudonym")
    root = Path(__file__).parents[1]
    given = [
        f"{path.relative_to(root)}:{node.lineno}: {ast.unparse(argument)}"
        for top in ("bot", "engine")
        for path in (root / top).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("_log.")
        for argument in node.args[1:]
        if telling.search(ast.unparse(argument))
    ]
    assert given == []
