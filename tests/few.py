"""Which cases of a test are for every run."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

import pytest


def few(cases: Iterable[object], quick: int) -> list[object]:
    """All of them, of which those after the first `quick` ones are for a long run."""
    rest = iter(cases)
    return [*islice(rest, quick), *(pytest.param(case, marks=pytest.mark.long) for case in rest)]
