"""The published conformance check, run over a playground's record where it is at hand."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

from bot.playground import Playground

_SHARED = Path(__file__).parents[2] / "shared" / "discord"


def check_record(playground: Playground, folder: Path) -> None:
    """Every call passes `--strict`, every answer `--responses`."""
    script, description = _SHARED / "check_spec.py", _SHARED / "openapi.json"
    if not script.exists():
        warnings.warn(f"no conformance check: {script} is not there", stacklevel=2)
        return
    record = folder / "requests.jsonl"
    playground.record.write(record)
    command: list[str | Path] = [sys.executable, script, description, record, "--strict", "--responses"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
