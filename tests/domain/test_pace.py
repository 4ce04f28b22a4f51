"""Estimates come from this machine's own steps, and are not made up before there are any."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.pace import Pace
from bot.domain.params import Drawing

SMALL = Drawing(prompt="x", model="demo", seed=1, count=2, width=128, height=128, steps=25, guidance=4.0)


def test_an_unmeasured_model_has_no_estimate() -> None:
    assert Pace().estimate([SMALL]) is None


def test_an_estimate_counts_every_picture_and_grows_with_pixels_and_steps() -> None:
    pace = Pace()
    pace.learn(SMALL, 1.0)
    assert pace.estimate([SMALL]) == pytest.approx(2.0)
    assert pace.estimate([replace(SMALL, width=256, steps=50)]) == pytest.approx(8.0)
    assert pace.estimate([SMALL, replace(SMALL, count=1)]) == pytest.approx(3.0)


def test_later_pictures_move_the_estimate() -> None:
    pace = Pace()
    pace.learn(SMALL, 1.0)
    pace.learn(SMALL, 2.0)
    estimate = pace.estimate([replace(SMALL, count=1)])
    assert estimate is not None
    assert 1.0 < estimate < 2.0
