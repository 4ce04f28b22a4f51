"""`atelier bench engine` runs every part on a tiny model, and its figures are what the README's table needs."""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_command_line import atelier
from tests.engine.tiny_models import save_tiny_models

TINY = shlex.split("--model tiny --repeats 1 --requests 5 --arrivals 3 --short 1 --long 3 --threads 1")
RATIOS = ("throughput_vs_a", "mean_vs_a", "p95_vs_a", "short_behind_long_vs_a", "first_step_p99_vs_a")
ALONE = ("first_step_p99_s", "cancel_steps_max", "preview_cost_percent", "memory_mib")
ENGINES = {*RATIOS, *ALONE, "small_beside_large", "small_behind_large", "lag"}
MAY_BE_ZERO = ("memory_mib", "recompiles", "cancel_steps_max")
MAY_BE_LESS = ("lag.p50_ms", "preview_cost_percent", "loss_vs_fast_percent")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_tiny_models(tmp_path)
    (tmp_path / "config.toml").write_text(
        "[[models]]\nname = 'tiny'\nsource = 'sd15'\nwidth = 64\nheight = 64\nguidance = 4.0\n"
    )
    return tmp_path


def figures(tree: dict[str, Any], path: str = "") -> Iterator[tuple[str, float]]:
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from figures(value, f"{path}{name}.")
        elif not isinstance(value, str):
            yield f"{path}{name}", value


@pytest.mark.long
def test_every_figure_is_finite_and_has_its_name(folder: Path) -> None:
    done = atelier(folder, "bench", "engine", *TINY, "--json", "figures.json")
    assert done.returncode == 0, done.stderr
    report = json.loads((folder / "figures.json").read_text())
    for name, value in figures(report):
        assert math.isfinite(value), name
        if not name.endswith(MAY_BE_LESS):
            assert value > 0 or (value == 0 and name.endswith(MAY_BE_ZERO)), name
    assert report["fast"].keys() == ENGINES
    assert report["exact"].keys() == {*ENGINES, "loss_vs_fast_percent"}
    assert report["c"].keys() >= set(RATIOS)
    assert report["recompiles"] == 0
    assert max(report[mode]["cancel_steps_max"] for mode in ("fast", "exact")) <= 2
    assert (report["model"], report["threads"], report["repeats"]) == ("tiny", 1, 1)


@pytest.mark.long
def test_one_part_is_measured_alone(folder: Path) -> None:
    done = atelier(folder, "bench", "engine", *TINY, "--parts", "behind", "--json", "b.json")
    assert done.returncode == 0, done.stderr
    report = json.loads((folder / "b.json").read_text())
    assert report["fast"].keys() == {"short_behind_long_vs_a"}
    assert "fast.short_behind_long_vs_a" in done.stdout


@pytest.mark.long
def test_what_cannot_be_measured_is_said_in_a_sentence(folder: Path) -> None:
    done = atelier(folder, "bench", "engine", "--model", "dmo")
    assert done.returncode == 1
    assert "There is no model 'dmo'; the models here are: tiny. There are also random-sd15" in done.stderr
    assert "Traceback" not in done.stderr
