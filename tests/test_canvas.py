"""Start pictures and masks: what is kept stays as it was, and the mask says so to the pixel."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw

from bot.canvas import blended, extended, read_mask, region_mask
from bot.domain.canvas import Canvas, Direction, cell_boxes, panned, zoomed_out
from bot.errors import BadRequest

ZOOM = zoomed_out(128, 128, 1.5)


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    assert image.format == "PNG"
    return image


def redrawn(mask: Image.Image) -> npt.NDArray[np.bool_]:
    """What the engine redraws."""
    assert mask.mode == "L"
    return np.asarray(mask) >= 128


def scene(width: int = 128, height: int = 128) -> Image.Image:
    """Sky, ground and something on it."""
    image = Image.new("RGB", (width, height), (120, 170, 230))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, height * 2 // 3, width, height), (60, 140, 60))
    draw.ellipse((width // 3, height // 3, width * 2 // 3, height * 5 // 6), (200, 40, 40))
    return image


@pytest.mark.parametrize(
    "canvas", [ZOOM, panned(128, 128, Direction.LEFT, 10**6), Canvas(256, 64, 96, 0, 64, 64)]
)
async def test_the_old_picture_fills_its_box_and_only_the_rest_is_drawn_anew(canvas: Canvas) -> None:
    start, mask = map(opened, await extended(encoded(scene()), canvas))
    assert (start.mode, start.size) == ("RGB", (canvas.width, canvas.height))
    assert mask.size == start.size
    shrunk = scene().resize((canvas.inner_width, canvas.inner_height), Image.Resampling.LANCZOS)
    assert start.crop(canvas.box).tobytes() == shrunk.tobytes()
    left, top, right, bottom = canvas.box
    assert not redrawn(mask)[top:bottom, left:right].any()
    assert redrawn(mask).sum() == canvas.width * canvas.height - canvas.inner_width * canvas.inner_height
    assert np.asarray(mask).max() == 255


async def test_around_the_old_picture_its_colours_run_on_without_an_edge() -> None:
    start = np.asarray(opened((await extended(encoded(scene()), ZOOM))[0])).astype(int)
    left, top, right, bottom = ZOOM.box
    across = np.abs(np.diff(start, axis=1)).mean(axis=2)[top:bottom]
    down = np.abs(np.diff(start, axis=0)).mean(axis=2)[:, left:right]
    for line in (across[:, left - 1], across[:, right - 1], down[top - 1], down[bottom - 1]):
        assert line.mean() < 6
    assert start[4, 4].tolist() == pytest.approx([120, 170, 230], abs=30)
    assert start[124, 4].tolist() == pytest.approx([60, 140, 60], abs=30)


async def test_the_same_picture_and_canvas_give_the_same_bytes() -> None:
    assert await extended(encoded(scene()), ZOOM) == await extended(encoded(scene()), ZOOM)


async def test_a_region_is_redrawn_in_its_boxes_alone_and_softly_at_their_edges() -> None:
    mask = opened(await region_mask(96, 96, cell_boxes(96, 96, [1, 6])))
    assert mask.size == (96, 96)
    assert redrawn(mask).sum() == 2 * 32 * 32
    assert set(np.asarray(mask)[~redrawn(mask)]) == {0}
    across = np.asarray(mask)[8]
    assert across[:24].tolist() == [255] * 24, "the picture's own edge is no edge of the region"
    assert across[23:33].tolist() == sorted(across[23:33], reverse=True)
    assert np.abs(np.diff(across[24:32].astype(int))).max() <= 16


def half(mode: str, left: object, right: object) -> Image.Image:
    """The left half of one colour, the right half of another."""
    image = Image.new(mode, (64, 32), right)  # type: ignore[arg-type]
    image.paste(left, (0, 0, 32, 32))  # type: ignore[arg-type]
    return image


MASKS: dict[str, Callable[[], bytes]] = {
    "white": lambda: encoded(half("L", 255, 0)),
    "light grey": lambda: encoded(half("RGB", (140, 140, 140), (110, 110, 110))),
    "one bit": lambda: encoded(half("1", 1, 0)),
    "JPEG": lambda: encoded(half("RGB", "white", "black"), "JPEG"),
    "transparent": lambda: encoded(half("RGBA", (0, 0, 0, 0), (255, 255, 255, 255))),
    "transparent WebP": lambda: encoded(half("RGBA", (0, 0, 0, 0), (9, 9, 9, 255)), "WEBP"),
    "transparent grey": lambda: encoded(half("LA", (0, 90), (255, 200))),
    "transparent palette": lambda: encoded(half("RGB", "red", "blue").quantize(2), transparency=0),
    "opaque, with alpha": lambda: encoded(half("RGBA", (255, 255, 255, 255), (0, 0, 0, 255))),
}


@pytest.mark.parametrize("kind", MASKS)
async def test_a_mask_asks_for_what_is_transparent_or_else_white(kind: str) -> None:
    mask = opened(await read_mask(MASKS[kind](), "mask.png", 128, 64))
    assert mask.size == (128, 64)
    assert redrawn(mask).tolist() == [[True] * 64 + [False] * 64] * 64


async def test_a_stroke_thinner_than_the_soft_border_shows_the_new_picture_in_its_middle() -> None:
    stroke = Image.new("L", (64, 64))
    stroke.paste(255, (0, 30, 64, 33))
    mask = np.asarray(opened(await read_mask(encoded(stroke), "stroke.png", 64, 64)))
    assert mask[:, 9].tolist()[29:34] == [0, 192, 255, 192, 0]


async def test_a_mask_that_asks_for_nothing_is_refused_and_one_for_everything_is_not() -> None:
    for nothing in (Image.new("L", (64, 64), 0), Image.new("RGBA", (64, 64), (0, 0, 0, 255))):
        with pytest.raises(
            BadRequest, match=r"`hat\.png` leaves nothing to be redrawn; make that part white"
        ):
            await read_mask(encoded(nothing), "hat.png", 64, 64)
    for everything in (Image.new("L", (64, 64), 255), Image.new("RGBA", (64, 64), (9, 9, 9, 0))):
        assert set(opened(await read_mask(encoded(everything), "hat.png", 64, 64)).tobytes()) == {255}


async def test_a_mask_that_is_no_picture_is_refused() -> None:
    with pytest.raises(BadRequest, match="upload a PNG, JPEG or WebP picture"):
        await read_mask(b"GIF89a", "mask.gif", 64, 64)


async def test_pictures_are_averaged_as_light_not_as_numbers() -> None:
    black, white = (encoded(Image.new("RGB", (64, 64), colour)) for colour in ("black", "white"))
    grey = opened(await blended([black, white], 64, 64))
    assert (grey.mode, grey.getpixel((30, 30))) == ("RGB", (188, 188, 188))  # half the light in sRGB


async def test_a_picture_blended_with_itself_stays_the_same() -> None:
    noise = Image.frombytes("RGB", (64, 64), bytes(range(256)) * 48)
    assert opened(await blended([encoded(noise)] * 5, 64, 64)).tobytes() == noise.tobytes()


async def test_each_blended_picture_is_cropped_to_the_shape_around_its_middle() -> None:
    wide = Image.new("RGB", (192, 64), "red")
    wide.paste("blue", (64, 0, 128, 64))
    tall = Image.new("RGB", (64, 192), "red")
    tall.paste("blue", (0, 64, 64, 128))
    result = opened(await blended([encoded(wide), encoded(tall)], 64, 64))
    assert set(result.getdata()) == {(0, 0, 255)}


@pytest.mark.parametrize("count", [0, 1, 6])
async def test_one_picture_or_six_are_not_blended(count: int) -> None:
    with pytest.raises(BadRequest, match=f"{count} pictures to blend; give 2 to 5"):
        await blended([encoded(scene())] * count, 64, 64)
