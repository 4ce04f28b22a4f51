"""The published conformance check, run over a playground's record where it is at hand."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

from bot.playground import Playground

_SHARED = Path(__file__).parents[2] / "shared" / "discord"
_ID = re.compile(r"/(?:tok[^/]+|\d{15,})")


def check_record(playground: Playground, folder: Path) -> None:
    """Every call passes `--strict`, every answer `--responses`.

    Of calls of one shape the first stands for all: the lengths of their texts are limited by the playground itself.
    """
    script, description = _SHARED / "check_spec.py", _SHARED / "openapi.json"
    if not script.exists():
        warnings.warn(f"no conformance check: {script} is not there", stacklevel=2)
        return
    lines = [call.line() for call in playground.record.calls]
    different = {_shape_of_call(line): line for line in reversed(lines)}
    record = folder / "requests.jsonl"
    record.write_text("".join(json.dumps(line) + "\n" for line in different.values()), encoding="utf-8")
    command: list[str | Path] = [sys.executable, script, description, record, "--strict", "--responses"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _shape_of_call(line: dict[str, Any]) -> object:
    kept = {
        key: line[key] for key in ("query", "headers", "content_type", "json", "parts", "status", "response")
    }
    return line["method"], _ID.sub("/{}", line["path"]), _shape(kept)


def _shape(value: object) -> object:
    """Keys and types, and numbers that stand for a kind."""
    if isinstance(value, dict):
        return tuple((key, _shape(value[key])) for key in sorted(value))
    if isinstance(value, list):
        return len(value) > 10, tuple(sorted({_shape(each) for each in value}, key=repr))
    if isinstance(value, str):
        return str
    return int if isinstance(value, int) and value > 99 else value
