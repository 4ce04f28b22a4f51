"""Only pixels come in: anything that is no picture, or too big a one, is answered with a sentence."""

from __future__ import annotations

import asyncio
import io
import warnings
import zlib

import pytest
from PIL import Image

from bot.errors import BadRequest
from bot.ingest import check_before_download, to_png


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def huge_png() -> bytes:
    """A small file that declares 9000 x 9000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = (9000).to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    body = zlib.compress(bytes(27001 * 10), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
async def test_a_picture_becomes_a_bare_rgb_png(kind: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = "a camera that tells"
    clean = (await to_png(encoded(Image.new("RGB", (40, 30), "red"), kind, exif=exif), "x")).png
    image = Image.open(io.BytesIO(clean))
    assert (image.format, image.mode, image.size) == ("PNG", "RGB", (40, 30))
    assert b"camera" not in clean
    assert not image.getexif()


async def test_a_picture_is_turned_as_its_camera_says() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    clean = await to_png(encoded(Image.new("RGB", (40, 30)), "JPEG", exif=exif), "x")
    assert Image.open(io.BytesIO(clean.png)).size == (clean.width, clean.height) == (30, 40)


async def test_pictures_that_are_read_at_once_change_nobodys_warnings() -> None:
    data, before = encoded(Image.new("RGB", (400, 300)), "PNG"), list(warnings.filters)
    await asyncio.gather(*(to_png(data, "x.png") for _ in range(40)))
    assert warnings.filters == before


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"%!PS-Adobe", b"<svg/>", b"\x89PNG\r\n\x1a\n", encoded(Image.new("RGB", (9, 9)), "GIF"),
     encoded(Image.new("RGB", (9, 9)), "TIFF"), encoded(Image.new("RGB", (99, 99)), "JPEG")[:300]],
)  # fmt: skip
async def test_what_is_no_whole_picture_of_a_known_kind_is_refused(data: bytes) -> None:
    with pytest.raises(BadRequest, match="upload a PNG, JPEG or WebP picture"):
        await to_png(data, "x.png")


async def test_a_picture_with_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(BadRequest, match="9000 x 9000"):
        await to_png(huge_png(), "bomb.png")


def test_what_declares_itself_no_picture_or_too_big_is_not_even_fetched() -> None:
    with pytest.raises(BadRequest, match=r"`notes\.txt` is not a picture"):
        check_before_download("notes.txt", 5, "text/plain", 100)
    with pytest.raises(BadRequest, match="at most 1 MiB"):
        check_before_download("big.png", 2**21, "image/png", 2**20)
    check_before_download("fine.png", 5, "image/png", 100)
    check_before_download("unknown", 5, None, 100)
