"""One engine with the demo model for the tests of a module."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.compose import build_engine
from bot.settings import EngineSettings, Settings, StorageSettings
from engine.executor import Executor


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Executor]:
    """Each test has an event loop of its own, and an executor serves any loop."""
    folder: Path = tmp_path_factory.mktemp("data")
    engine = build_engine(Settings(engine=EngineSettings(threads=1), storage=StorageSettings(folder=folder)))
    asyncio.run(engine.__aenter__())
    yield engine
    asyncio.run(engine.close())
