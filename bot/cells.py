"""Finished pictures on their way out: what is stored of each, and the file to attach."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain.job import StoredPicture
from bot.errors import PostRefused
from bot.provenance import PictureFile, Seal, SigningError, fit
from bot.storage.pictures import PictureStore
from engine.sentence import say


@dataclass(frozen=True, slots=True)
class Cell:
    """A picture and its file, in which it may be smaller than it is stored."""

    stored: StoredPicture
    file: PictureFile


async def load_cells(
    store: PictureStore, pictures: Iterable[StoredPicture], limit: int, seal: Seal | None = None
) -> list[Cell]:
    """Each picture in at most `limit` bytes, signed where there is a seal.

    Raises `PictureGone`, and `PostRefused` where one cannot be that small, or not be signed as it should.
    """
    prepare = fit if seal is None else seal.fit
    cells = []
    for stored in pictures:
        try:
            file = await asyncio.to_thread(prepare, await store.get(stored.sha256), limit)
        except SigningError as error:
            raise PostRefused(
                say("A picture cannot be signed now, and none is shown unsigned here; tell the bot's owner.")
            ) from error
        if file is None:
            raise PostRefused(
                say("A picture does not fit into this server's limit of {limit:,} bytes.", limit=limit)
            )
        cells.append(Cell(stored, file))
    return cells
