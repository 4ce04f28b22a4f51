"""A benchmark's figures, as a table for people and as JSON for programs."""

from __future__ import annotations

import json
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """`name` is dotted (`trained.all`): the JSON file nests along the dots. `unit` is shown behind the value."""

    name: str
    value: float
    unit: str = ""
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured, with what, and the figures; `facts` are what a program should know of the setting."""

    title: str
    setting: str
    figures: tuple[Figure, ...]
    facts: tuple[tuple[str, str | int], ...] = ()

    def nested(self) -> dict[str, Any]:
        """The figures as nested objects, with the machine and the setting beside them."""
        tree: dict[str, Any] = {
            "machine": platform.processor() or platform.machine(),
            "setting": self.setting,
            **dict(self.facts),
        }
        for figure in self.figures:
            *path, leaf = figure.name.split(".")
            node = tree
            for part in path:
                node = node.setdefault(part, {})
            node[leaf] = figure.value
        return tree


def present(report: Report, console: Console, file: Path | None) -> None:
    """Print the table, and write the JSON file where one is asked for."""
    table = Table(title=report.title, caption=report.setting)
    table.add_column("figure")
    table.add_column("value", justify="right")
    table.add_column("meaning")
    for figure in report.figures:
        table.add_row(figure.name, f"{figure.value:.4g} {figure.unit}".strip(), figure.meaning)
    console.print(table)
    if file is not None:
        file.write_text(json.dumps(report.nested(), indent=2) + "\n", encoding="utf-8")
