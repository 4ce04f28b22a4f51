"""What the user interface may touch: its own rooms, the services, the domain, and a few seams, each with a reason."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

Sources = Mapping[str, ast.Module]  # by the name of the module

UI = "bot.ui"
ROOMS = (UI, "bot.service", "bot.domain", "bot.errors", "engine.sentence")
SEAMS = {
    "bot.cells.Cell": "a finished picture with its file, as the services hand it out and the poster shows it",
    "bot.sketch.ENDING": "what kind of file a preview is, which arrives as bytes",
    "bot.provenance.manifest.Trust": "a word of the service's answer about a picture",
    "bot.provenance.source.SourceType": "a word of the service's answer about a picture",
    "engine.samplers.SAMPLERS": "the samplers there are, to choose from",
    "engine.request.MAX_SEED": "the range of an option",
    "engine.request.UPSCALE_FACTORS": "the range of an option",
    "engine.status.EngineStatus": "a part of the service's answer about the machine",
}
PRIVATE = {"_state"}  # of an interaction of discord.py, without which an attachment of a form cannot be read
_CALLED = {
    "add_listener",
    "autocomplete",
    "button",
    "command",
    "context_menu",
    "error",
    "event",
    "listener",
    "select",
}
_UNTYPED = {"Any", "object"}


def offences(name: str, sources: Sources) -> list[str]:
    """Everything in a module that its callbacks could reach and must not."""
    names = _known(sources[name])
    return [
        *(f"imports {each}, and not its parts" for each in _unclear(sources[name])),
        *(f"imports {each}" for each in _foreign(names.values(), sources)),
        *(f"reaches {each}" for each in _foreign(_through_modules(sources[name], names, sources), sources)),
        *(f"is given {each}" for each in given(sources[name], sources)),
        *(f"takes the private {each} of another" for each in _private(sources[name])),
    ]


def callbacks(tree: ast.Module) -> set[str]:
    """The functions that discord.py calls: decorated as commands and the like, or methods of its own classes."""
    names = _known(tree)
    if not any(each.split(".")[0] == "discord" for each in names.values()):
        return set()
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    decorated = {node.name for node in functions if any(map(_calls, node.decorator_list))}
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    ours = [node for node in classes if any(_of_discord(base, names) for base in node.bases)]
    methods = [node for each in ours for node in each.body]
    return decorated | {
        node.name for node in methods if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def given(tree: ast.Module, sources: Sources) -> list[str]:
    """What its classes are handed, by a constructor or as a field, that is not theirs, or that nobody can tell."""
    names, found = _known(tree), list[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for annotation in _annotations(node):
                types = list(_types(annotation, names))
                found += [each for each in types[:1] if each.rpartition(".")[2] in _UNTYPED]
                found += _foreign(types, sources)
    return found


def origin(name: str, sources: Sources) -> str:
    """Where something is really made, however many modules hand it on."""
    module, _, attribute = name.rpartition(".")
    if name in sources or module not in sources:
        return name
    known = _known(sources[module])
    return origin(known[attribute], sources) if attribute in known else name


def _foreign(names: Iterable[str], sources: Sources) -> list[str]:
    made = [origin(name, sources) for name in names]
    return [each for each in made if _is_part(each) and each not in SEAMS and not _inside(each)]


def _is_part(name: str) -> bool:
    """Of the bot or the engine, or a way to get at them by a text."""
    return name.split(".")[0] in ("bot", "engine") or name in ("importlib", "importlib.import_module")


def _inside(name: str) -> bool:
    return any(name == room or name.startswith(f"{room}.") for room in ROOMS)


@cache
def _known(tree: ast.Module) -> Mapping[str, str]:
    return dict(_imported(tree))


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """What each name stands for, wherever in the module it is imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.asname or alias.name, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _unclear(tree: ast.Module) -> Iterator[str]:
    """Imports by which nothing is named that is really used."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.level or node.names[0].name == "*"):
            yield f"{'.' * node.level}{node.module or ''}"
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names if alias.asname is None]
            yield from (name for name in names if name.split(".")[0] in ("bot", "engine"))


def _through_modules(tree: ast.Module, names: Mapping[str, str], sources: Sources) -> Iterator[str]:
    """`studio.JobQueue`, where `studio` is a module that has it from elsewhere."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            name = _dotted(node, names)
            if name.rpartition(".")[0] in sources:
                yield name


def _dotted(node: ast.expr, names: Mapping[str, str]) -> str:
    """The full name of `a.b.c` where `a` is imported, else an empty text."""
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value, names)
        return before and f"{before}.{node.attr}"
    return names.get(node.id, "") if isinstance(node, ast.Name) else ""


def _annotations(node: ast.ClassDef) -> Iterator[ast.expr]:
    for each in node.body:
        if isinstance(each, ast.AnnAssign):
            yield each.annotation
        elif isinstance(each, ast.FunctionDef) and each.name == "__init__":
            arguments = [*each.args.posonlyargs, *each.args.args[1:], *each.args.kwonlyargs]
            yield from (argument.annotation or ast.Name("Any") for argument in arguments)


def _types(annotation: ast.expr, names: Mapping[str, str]) -> Iterator[str]:
    """Every type that an annotation names, the outermost first."""
    for node in ast.walk(annotation):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _types(ast.parse(node.value, mode="eval").body, names)
        elif isinstance(node, ast.expr):
            yield _dotted(node, names) or getattr(node, "id", "")


def _private(tree: ast.Module) -> list[str]:
    return [
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr.startswith("_")
        and not node.attr.startswith("__")
        and node.attr not in PRIVATE
        and not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"))
    ]


def _calls(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(called, ast.Attribute) and called.attr in _CALLED


def _of_discord(base: ast.expr, names: Mapping[str, str]) -> bool:
    base = base.value if isinstance(base, ast.Subscript) else base
    return _dotted(base, names).split(".")[0] == "discord"
