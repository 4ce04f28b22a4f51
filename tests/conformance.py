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

_ID = re.compile(r"\b([a-z2-7]{10}|[0-9a-f]{32})\b")  # of a job, or of a form's parts
_SHARED = Path(__file__).parents[2] / "shared" / "discord"


def check_record(playground: Playground, folder: Path) -> None:
    """Every call passes its strict check, and every answer the one for responses.

    Of calls that differ in ids and digits only one is checked, and of answers that are built alike.
    """
    script = _SHARED / "check_spec.py"
    if not script.exists():
        warnings.warn(f"no conformance check: {script} is not there", stacklevel=2)
        return
    record, check = folder / "requests.jsonl", _checker(script)
    playground.record.write(record)
    calls = [json.loads(line) for line in record.read_text().splitlines()]
    told = {_request(call): call for call in calls}
    answered = {(_request(call)[0], call["status"], repr(_shape(call["response"]))): call for call in calls}
    chosen = {id(call) for call in answered.values()}
    checked = [call for call in calls if id(call) in chosen or told[_request(call)] is call]
    assert [fault for call in checked for fault in check(call, id(call) in chosen)] == []


def _request(call: Any) -> tuple[str, str]:
    """Its method and route, and all that was sent; ids, tokens and digits are as long as they were."""
    route = f"{call['method']} {re.sub('[^/]{12,}', '…', call['path'])}"
    sent = json.dumps({part: call[part] for part in ("query", "headers", "content_type", "json", "parts")})
    return route, re.sub(r"\d", "0", _ID.sub(lambda found: "0" * len(found[0]), sent))


def _shape(value: Any) -> Any:
    """What is left when every string and number is forgotten."""
    if isinstance(value, dict):
        return {key: _shape(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return sorted({repr(_shape(each)) for each in value})
    return type(value).__name__


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
