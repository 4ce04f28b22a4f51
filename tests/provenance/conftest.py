"""Certificates of a studio, made once for all tests of a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.provenance import Signing


@pytest.fixture(scope="module")
def signing(tmp_path_factory: pytest.TempPathFactory) -> Signing:
    return Signing(Path(tmp_path_factory.mktemp("studio")) / "certificates")
