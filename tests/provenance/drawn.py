"""Pictures of the demo world with the drawings that could have made them, and the ways in which they go out."""

from __future__ import annotations

import io
import random
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import cycle, islice

import pytest
from PIL import Image

from bot.domain.drawing import Drawing
from bot.provenance import PictureFile, SourceType, png
from bot.provenance.files import converted
from engine.demo.draw import render
from engine.demo.world import STYLES, prompt, subjects
from engine.events import Finished, Picture, UsedAdapter
from engine.samplers import SAMPLERS

ENDINGS = ("png", "webp", "jpeg")
MANY = [20, pytest.param(300, marks=pytest.mark.long)]
_WORDS = ("{}", "{}, 夜の庭", '{}: a "quoted", comma', "{}\nin two lines", "({}:1.2), [people], Steps: 7")
_NEGATIVES = ("", "people", "text, watermark: none", "a\nb")
_UPSCALERS = ("", "", "tiles", "4x, sharp: v2")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A cell of a drawing and its stored file."""

    drawing: Drawing
    cell: int
    finished: Finished
    source: SourceType
    data: bytes


def drawn(count: int) -> Iterator[Drawn]:
    """So many, each different; one in four begins with somebody else's picture."""
    rng = random.Random(count)
    for number, subject in enumerate(islice(cycle(subjects(withheld=False)), count)):
        image = render(subject, rng.choice(STYLES), rng)
        upload = stranger(number) if number % 4 == 3 else None
        drawing = Drawing(
            prompt=rng.choice(_WORDS).format(prompt(subject)),
            negative=rng.choice(_NEGATIVES),
            model=rng.choice(("demo", "sd15", "dream-1.0")),
            seed=rng.randrange(2**32),
            count=4,
            width=image.width,
            height=image.height,
            steps=rng.randint(1, 50),
            guidance=rng.uniform(1, 15),
            sampler=rng.choice(("", *SAMPLERS)),
            chaos=rng.choice((0, 0, 50)),
            tile=rng.random() < 0.3,
            stop=rng.choice((100, 100, 60)),
            image_sha256=sha256(upload).hexdigest() if upload else None,
        )
        finished = Finished(
            str(number),
            Picture(image.width, image.height, image.tobytes()),
            1.0,
            rng.choice(("", "0123456789abcdef")),
            rows=rng.choice((0, 8)),
            adapters=(UsedAdapter("ink", 0.5, "d" * 64),) * rng.randrange(2),
            upscaled_by=rng.choice(_UPSCALERS),
        )
        source = SourceType.COMPOSITE if upload else SourceType.TRAINED
        data = png(finished, drawing, number % 4, start=upload)
        yield Drawn(drawing, number % 4, finished, source, data)


def as_sent(data: bytes, ending: str) -> PictureFile:
    """A stored picture in the format in which it goes out."""
    if ending == "png":
        return PictureFile(data, ending)
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return converted(image, ending, 85)


def stranger(number: int) -> bytes:
    """A PNG that says nothing, as an upload is stored."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (number % 256, 0, 0)).save(out, "PNG")
    return out.getvalue()


def changed_pixel(data: bytes, rng: random.Random) -> bytes:
    """One bit of one pixel of a PNG differs, and all its chunks are whole, the manifest too."""
    chunks, pixels, at = [], b"", 8
    while at < len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        kind, body = data[at + 4 : at + 8], data[at + 8 : end - 4]
        if kind == b"IDAT":
            pixels += body
        elif kind == b"IEND":
            rows = bytearray(zlib.decompress(pixels))
            stride = len(rows) // Image.open(io.BytesIO(data)).height
            row, column = (
                rng.randrange(len(rows) // stride),
                rng.randrange(1, stride),
            )  # 0 is the row's filter
            rows[row * stride + column] ^= 1 << rng.randrange(8)
            chunks += [(b"IDAT", zlib.compress(bytes(rows))), (kind, body)]
        else:
            chunks.append((kind, body))
        at = end
    return data[:8] + b"".join(
        len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")
        for kind, body in chunks
    )
