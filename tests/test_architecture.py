"""The arrows of the house: who may import what, where errors may be swallowed, and that nothing goes in circles."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted(path for top in ("bot", "engine") for path in (ROOT / top).rglob("*.py"))
ONLY_UNDER = {
    "discord": ("bot/ui", "bot/playground", "bot/cli/doctor.py", "bot/health.py"),
    "sqlite3": ("bot/storage",),
    "aiosqlite": ("bot/storage",),
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


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


TREES = {path: ast.parse(path.read_text("utf-8")) for path in FILES}


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


def test_the_ui_reaches_storage_and_engine_only_through_the_service() -> None:
    reached = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in FILES
        if "bot/ui/" in str(path)
        for name in imports(path)
        if inside(name, ("bot.storage", "bot.dispatch", "engine.executor", "engine.models"))
    ]
    assert reached == []


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
