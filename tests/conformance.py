"""The published conformance check, run over a playground's record where it is at hand."""

from __future__ import annotations

import importlib.util
import json
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from bot.playground import Playground

_SHARED = Path(__file__).parents[2] / "shared" / "discord"


def check_record(playground: Playground, folder: Path) -> None:
    """Every call passes its strict check, every answer the one for responses."""
    script = _SHARED / "check_spec.py"
    if not script.exists():
        warnings.warn(f"no conformance check: {script} is not there", stacklevel=2)
        return
    record, check = folder / "requests.jsonl", _checker(script)
    playground.record.write(record)
    assert [fault for line in record.read_text().splitlines() for fault in check(json.loads(line))] == []


@cache
def _checker(script: Path) -> Callable[[Any], list[str]]:
    """What is wrong with a recorded call; the description is read and compiled once."""
    found = importlib.util.spec_from_file_location(script.stem, script)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    description = script.with_name("openapi.json")
    strict, lax = module.Spec(description, strict=True), module.Spec(description)
    return lambda call: list(module.check(strict, call, responses=lax))
