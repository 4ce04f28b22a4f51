"""The desk of the checks: a checker that fails keeps every door closed, but not for ever."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from PIL import Image

from engine.devices import plan_device
from engine.errors import Unchecked
from engine.options import EngineOptions
from engine.rows import plan_rows
from engine.safety.desk import CheckDesk
from engine.watchdog import Watchdog
from tests.engine.tiny_checkers import save_constant


def test_a_checker_that_could_not_be_loaded_is_tried_again_later_and_holds_no_room_meanwhile(
    tmp_path: Path, options: EngineOptions
) -> None:
    seconds, room = [0.0], list[int]()
    options = dataclasses.replace(options, checker=str(tmp_path / "checker"))
    watchdog = Watchdog()
    rows = plan_rows("cpu", options)
    desk = CheckDesk(options, plan_device("cpu"), rows, watchdog, room.append, now=lambda: seconds[0])
    views = [Image.new("RGB", (64, 64))]
    for _ in range(2):
        with pytest.raises(Unchecked):
            desk.flags(views)
    assert room == [0]
    save_constant(tmp_path / "checker", flags=False)
    seconds[0] = 299
    with pytest.raises(Unchecked):
        desk.open()
    seconds[0] = 300
    assert desk.open() is desk.open()
    assert room[0] == 0 < room[1]
    watchdog.close()
