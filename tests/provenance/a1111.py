"""Reads a `parameters` text by the rules of AUTOMATIC1111's web UI."""

from __future__ import annotations

import json
import re

_SETTING = re.compile(r'\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')
_SIZE = re.compile(r"^(\d+)x(\d+)$")
_NEGATIVE = "Negative prompt:"
_FEWEST = 3  # a last line with fewer settings belongs to the words


def read(text: str) -> dict[str, str]:
    """The words under `Prompt` and `Negative prompt`, the settings under their own names, a size as its two sides."""
    *lines, last = text.strip().split("\n")
    if len(_SETTING.findall(last)) < _FEWEST:
        lines, last = [*lines, last], ""
    words: dict[str, list[str]] = {"Prompt": [], "Negative prompt": []}
    under = "Prompt"
    for line in map(str.strip, lines):
        if line.startswith(_NEGATIVE):
            under, line = "Negative prompt", line.removeprefix(_NEGATIVE).strip()
        words[under].append(line)
    found = {name: "\n".join(each) for name, each in words.items()}
    for name, value in _SETTING.findall(last):
        value = json.loads(value) if value.startswith('"') else value
        if size := _SIZE.match(value):
            found |= {f"{name}-1": size[1], f"{name}-2": size[2]}
        else:
            found[name] = value
    return found
