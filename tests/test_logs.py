"""No token and no address with one reaches a log line, not even inside a traceback."""

from __future__ import annotations

import ast
import io
import logging
import re
from collections.abc import Iterator

import pytest
from rich.console import Console
from rich.text import Text

from bot import logs
from tests.test_architecture import TREES

BOT_TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4OQ.GabcDE.0123456789abcdefghijABCDEFGHIJ-_0123456"


@pytest.fixture(autouse=True)
def root_as_before() -> Iterator[None]:
    """The handlers that other tests listen by see a record as it was."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    root.handlers[:], root.level = before, level


@pytest.fixture(params=[True, False], ids=["terminal", "journal"])
def output(request: pytest.FixtureRequest) -> io.StringIO:
    text = io.StringIO()
    console = Console(file=text, width=500, force_terminal=request.param, no_color=True, highlight=False)
    logs.set_up("debug", ["canary-secret"], console)
    return text


def test_a_journal_has_one_line_for_each_message() -> None:
    text = io.StringIO()
    logs.set_up("debug", console=Console(file=text, width=20))
    logging.getLogger("atelier.test").warning(
        "so many words %s", "that no line of a terminal has room for them"
    )
    (line,) = text.getvalue().splitlines()
    assert re.fullmatch(r"[\d-]{10} [\d:]{8} WARNING  atelier\.test: so many words .* for them", line)


def test_a_bot_token_is_never_written(output: io.StringIO) -> None:
    logging.getLogger("atelier.test").warning("logging in with %s", BOT_TOKEN)
    assert "[redacted]" in Text.from_ansi(output.getvalue()).plain
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
    given = [
        f"{path}:{node.lineno}: {ast.unparse(argument)}"
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("_log.")
        for argument in node.args[1:]
        if telling.search(ast.unparse(argument))
    ]
    assert given == []
