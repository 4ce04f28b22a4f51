"""The published conformance check, run over a playground's record where it is at hand."""

from __future__ import annotations

import importlib.util
import json
import re
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from bot.playground import Playground

_SENT = ("method", "path", "query", "headers", "content_type", "json", "parts")
_NAME = re.compile(  # a job, parts of a form or a signature, a snowflake, a token in a path, a time
    r"\b[a-z2-7]{10}\b(?!\":)|\b[0-9a-f]{32,64}\b|\b\d{17,20}\b|(?<=/)[\w.-]{24,}|\d{4}-\d\d-\d\dT[\d:.]+"
)
_SHARED = Path(__file__).parents[2] / "shared" / "discord"


def check_record(playground: Playground, folder: Path) -> None:
    """Every call passes its strict check, and every answer the one for responses.

    Of those that differ in ids, tokens and times alone, one is checked.
    """
    script = _SHARED / "check_spec.py"
    if not script.exists():
        warnings.warn(f"no conformance check: {script} is not there", stacklevel=2)
        return
    record, check = folder / "requests.jsonl", _checker(script)
    playground.record.write(record)
    calls = [json.loads(line) for line in record.read_text().splitlines()]
    asked = {_alike(call, *_SENT): call for call in calls}
    told = {_alike(call, "method", "path", "status", "response"): call for call in calls}
    first, answered = ({id(call) for call in found.values()} for found in (asked, told))
    checked = [call for call in calls if id(call) in first | answered]
    assert [fault for call in checked for fault in check(call, id(call) in answered)] == []


def _alike(call: Any, *parts: str) -> str:
    """The same for calls whose parts differ in ids, tokens and times alone, each as long as the other."""
    return _NAME.sub(lambda found: "0" * len(found[0]), json.dumps({part: call[part] for part in parts}))


@cache
def _checker(script: Path) -> Callable[[Any, bool], list[str]]:
    """What is wrong with a recorded call, with its answer or without; the description is read and compiled once."""
    found = importlib.util.spec_from_file_location(script.stem, script)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    description = script.with_name("openapi.json")
    strict, lax = module.Spec(description, strict=True), module.Spec(description)
    return lambda call, answered: list(module.check(strict, call, responses=lax if answered else None))
