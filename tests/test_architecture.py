"""The arrows of the house: who may import what, where errors may be swallowed, and that nothing goes in circles."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from discord import app_commands

from bot.ui.languages.gather import command_tree
from tests.borders import SEAMS, UI, callbacks, given, offences, origin

ROOT = Path(__file__).parents[1]
FILES = sorted(path for top in ("bot", "engine") for path in (ROOT / top).rglob("*.py"))
ONLY_UNDER = {
    "discord": ("bot/ui", "bot/playground", "bot/cli/doctor.py", "bot/health.py"),
    "sqlite3": ("bot/storage",),
    "torch": ("engine",),
    "diffusers": ("engine",),
    "transformers": ("engine",),
}
MAY_SWALLOW = {  # the job boundary, the UI boundary, and main with its connection
    "bot/dispatch.py",
    "bot/ui/answers.py",
    "bot/ui/client.py",
    "engine/batching.py",
    "engine/work.py",
    "engine/executor.py",
}
INNERMOST = {
    "bot/domain": (
        "bot.domain",
        "bot.errors",
        "engine.events",
        "engine.request",
        "engine.samplers",
        "engine.sentence",
    ),
    "engine": ("engine",),
}
LONGEST_FUNCTION, LONGEST_FILE = 60, 300


def module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


TREES = {path: ast.parse(path.read_text("utf-8")) for path in FILES}
SOURCES = {module(path): tree for path, tree in TREES.items()}


def imports(path: Path, *, at_start: bool = False) -> Iterator[str]:
    """What a file imports; `at_start` leaves out what functions and type checkers import."""
    for node in TREES[path].body if at_start else ast.walk(TREES[path]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def inside(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


@pytest.mark.parametrize("library", ONLY_UNDER)
def test_a_library_is_used_only_in_its_room(library: str) -> None:
    users = {
        str(path.relative_to(ROOT))
        for path in FILES
        for name in imports(path)
        if name.split(".")[0] == library
    }
    assert users, f"nobody uses {library} any more"
    assert [user for user in users if not user.startswith(ONLY_UNDER[library])] == []


@pytest.mark.parametrize("room", INNERMOST)
def test_the_inner_rooms_know_nothing_of_the_outer_ones(room: str) -> None:
    outside = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in FILES
        if str(path.relative_to(ROOT)).startswith(f"{room}/")
        for name in imports(path)
        if name.split(".")[0] in ("bot", "engine") and not inside(name, INNERMOST[room])
    ]
    assert outside == []


def test_the_ui_touches_nothing_but_the_services_and_the_words_of_the_house() -> None:
    """Whatever discord.py calls, and all that it reaches there: not even a part that a service hands on."""
    found = [f"{name} {each}" for name in SOURCES if inside(name, (UI,)) for each in offences(name, SOURCES)]
    assert found == []


def test_the_services_hand_the_ui_no_other_part() -> None:
    assert given(SOURCES["bot.service.services"], SOURCES) == []


def test_whatever_discord_calls_is_in_the_ui() -> None:
    found = {name: callbacks(tree) for name, tree in SOURCES.items()}
    assert [name for name, called in found.items() if called and not inside(name, (UI,))] == []
    known = set().union(*found.values())
    assert {"imagine", "aspects", "interaction_check", "on_interaction", "transform", "translate"} <= known
    everything = command_tree()
    commands = [each for each in everything.walk_commands() if isinstance(each, app_commands.Command)]
    menus = [each for each in everything.get_commands() if isinstance(each, app_commands.ContextMenu)]
    written = [each.callback.__module__ for each in commands] + [each.callback.__module__ for each in menus]
    assert [name for name in written if not inside(name, (UI,))] == []
    assert len(commands) > 50


def test_every_seam_of_the_ui_is_used() -> None:
    used = {origin(name, SOURCES) for path in FILES if inside(module(path), (UI,)) for name in imports(path)}
    assert sorted(SEAMS.keys() - used) == []


@pytest.mark.parametrize(
    "text",
    [
        "from bot.storage.jobs import JobQueue",
        "from bot import storage",
        "import bot.delivery as way",
        "import bot.service.studio",
        "from ..storage import jobs",
        "from bot.service.studio import *",
        "from bot.service.studio import JobQueue",  # which a service has from storage
        "from bot.service import studio\nqueue = studio.JobQueue",
        "from bot.cells import load_cells",
        "def press():\n    from bot.worker import Worker",
        "import importlib\nimportlib.import_module('bot.dispatch')",
        "class Desk:\n    def __init__(self, queue: 'bot.storage.jobs.JobQueue'): ...\nimport bot",
        "from typing import Any\nclass Desk:\n    def __init__(self, *, queue: Any): ...",
        "class Desk:\n    queue: object",
        "class Desk:\n    def __init__(self, queue): ...",
        "async def press(self):\n    await self._album._pictures.get('0')",
        "from engine.executor import Executor",
        "from bot.provenance import read_parameters",
    ],
)
def test_the_check_of_the_ui_sees_what_it_must_not(text: str) -> None:
    assert offences("bot.ui.bad", SOURCES | {"bot.ui.bad": ast.parse(text)})


def test_the_check_of_the_ui_lets_pass_what_it_may() -> None:
    text = """
from typing import Any
import discord
from bot.cells import Cell
from bot.domain.job import Job
from bot.service.album import Album
from bot.ui.answers import Interaction
from engine.sentence import say

class Desk:
    def __init__(self, album: Album, cells: list[Cell], values: dict[str, Any], engine: "Job | None") -> None:
        self._album = album

    async def press(self, interaction: Interaction) -> None:
        await self._album.show(interaction)
"""
    assert offences("bot.ui.good", SOURCES | {"bot.ui.good": ast.parse(text)}) == []


def test_no_module_imports_itself_in_a_circle() -> None:
    known = {module(path): path for path in FILES}
    arrows = {
        name: {
            target for found in imports(path, at_start=True) for target in (found, found.rpartition(".")[0])
        }
        & (known.keys() - {name, name.rpartition(".")[0]})  # a package's own front page is no circle
        for name, path in known.items()
    }
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " → ".join((*path, name))
        if name not in done:
            for target in arrows[name]:
                visit(target, (*path, name))
            done.add(name)

    for name in arrows:
        visit(name, ())


def test_errors_are_swallowed_only_at_the_boundaries() -> None:
    broad = {
        str(path.relative_to(ROOT))
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id == "Exception"))
    }
    assert broad <= MAY_SWALLOW


def test_files_and_functions_stay_short_and_say_what_they_are_for() -> None:
    for path, tree in TREES.items():
        assert ast.get_docstring(tree), f"{path} does not say its purpose"
        assert path.read_text("utf-8").count("\n") <= LONGEST_FILE, f"{path} is too long"
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                assert length <= LONGEST_FUNCTION, f"{path}: {node.name} has {length} lines"
