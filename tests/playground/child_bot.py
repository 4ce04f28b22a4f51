"""The studio bot as a process of its own, on a machine where zstandard is not installed."""

from __future__ import annotations

import os
import sys

sys.modules["zstandard"] = None  # type: ignore[assignment]

import discord  # noqa: E402

del sys.modules["zstandard"]  # discord.py has made its choice; the playground itself needs the package

from bot.playground.connect import connect  # noqa: E402
from bot.playground.endpoints import Endpoints  # noqa: E402
from tests.playground.studio_bot import StudioBot  # noqa: E402


def main() -> None:
    endpoints = Endpoints.from_environment(os.environ)
    assert endpoints is not None
    print(discord.utils._ActiveDecompressionContext.COMPRESSION_TYPE, flush=True)
    with connect(endpoints):
        StudioBot().run(os.environ["TOKEN"], log_handler=None)


if __name__ == "__main__":
    main()
