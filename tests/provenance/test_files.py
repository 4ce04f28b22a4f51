"""A picture file says how it was made, is the same for the same drawing, and keeps its words when made smaller."""

from __future__ import annotations

import io
import json
import random
from dataclasses import replace

import pytest
from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo

from bot.canvas import extended
from bot.domain.canvas import zoomed_out
from bot.domain.drawing import Drawing
from bot.provenance import SourceType, fit, inspect, parameters, png, read_parameters, source_of
from engine.events import Finished, Picture, UsedAdapter
from tests.provenance.drawn import as_sent, stranger

DRAWING = Drawing(
    prompt="a red house, 夜", negative="people", model="demo", seed=5, count=4, width=64, height=64, steps=25,
    guidance=4.0, sampler="euler",
)  # fmt: skip
NOISE = Picture(64, 64, random.Random(0).randbytes(64 * 64 * 3))
FINISHED = Finished("1", NOISE, 1.0, "abc")


def test_the_parameters_follow_the_fields_convention() -> None:
    assert parameters(DRAWING, 1, replace(FINISHED, model_hash="0123456789abcdef")) == (
        "a red house, 夜\nNegative prompt: people\n"
        "Steps: 25, Sampler: euler, CFG scale: 4.0, Seed: 6, Size: 64x64, Model hash: 0123456789, Model: demo"
    )


def test_a_png_carries_parameters_record_and_exact_pixels() -> None:
    image = Image.open(io.BytesIO(png(FINISHED, DRAWING, 1)))
    image.load()
    assert image.tobytes() == NOISE.rgb
    assert image.text["parameters"] == parameters(DRAWING, 1, FINISHED)  # type: ignore[attr-defined]
    record = json.loads(image.text["atelier"])  # type: ignore[attr-defined]
    assert (record["prompt"], record["seed"], record["model_hash"]) == ("a red house, 夜", 6, "abc")


def test_the_row_count_of_exact_mode_is_told_and_only_there() -> None:
    assert parameters(DRAWING, 1, replace(FINISHED, rows=8)) == parameters(DRAWING, 1, FINISHED) + ", Rows: 8"
    image = Image.open(io.BytesIO(png(replace(FINISHED, rows=8), DRAWING, 1)))
    image.load()
    assert image.text["parameters"].endswith(", Rows: 8")  # type: ignore[attr-defined]
    assert json.loads(image.text["atelier"])["rows"] == 8  # type: ignore[attr-defined]


def test_what_acted_on_the_model_is_told() -> None:
    finished = replace(FINISHED, adapters=(UsedAdapter("ink", 0.5, "d" * 64),))
    image = Image.open(io.BytesIO(png(finished, DRAWING, 1)))
    record = json.loads(image.text["atelier"])  # type: ignore[attr-defined]
    assert record["adapters"] == [{"name": "ink", "weight": 0.5, "sha256": "d" * 64}]


def test_the_same_cell_gives_the_same_bytes_whatever_the_count() -> None:
    assert png(FINISHED, DRAWING, 1) == png(FINISHED, replace(DRAWING, count=1, seed=6), 0)


def test_a_file_within_the_limit_stays_as_it_is() -> None:
    data = png(FINISHED, DRAWING, 0)
    file = fit(data, len(data))
    assert file is not None
    assert (file.data, file.ending) == (data, "png")


def test_a_file_over_the_limit_is_made_smaller_and_keeps_its_words() -> None:
    data = png(FINISHED, DRAWING, 0)
    for limit in (len(data) - 1, len(data) // 3):
        file = fit(data, limit)
        assert file is not None
        assert len(file.data) <= limit
        assert file.ending in ("webp", "jpeg")
        comment = (
            Image.open(io.BytesIO(file.data)).getexif().get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.UserComment]
        )
        assert comment.removeprefix(b"UNICODE\0").decode("utf-16-be") == parameters(DRAWING, 0, FINISHED)


def test_a_limit_that_nothing_fits_gives_none() -> None:
    assert fit(png(FINISHED, DRAWING, 0), 100) is None


def test_a_request_may_stand_in_the_place_of_its_words() -> None:
    data = png(FINISHED, DRAWING, 1, request_id="01JABC")
    assert read_parameters(data).startswith("Steps: 25, ")
    assert read_parameters(data).endswith(", Request: 01JABC")
    assert inspect(data, None).request_id == "01JABC"
    for file in (data, as_sent(data, "webp").data, as_sent(data, "jpeg").data):
        for word in ("house", "people"):
            assert word.encode() not in file
            assert word.encode("utf-16-be") not in file


@pytest.mark.parametrize(("side", "said"), [(4000, "a red house"), (4200, "")])
def test_a_picture_of_too_many_pixels_is_not_read(side: int, said: str) -> None:
    out, words = io.BytesIO(), PngInfo()
    words.add_text("parameters", "a red house")
    Image.new("1", (side, side)).save(out, "PNG", pnginfo=words)
    assert read_parameters(out.getvalue()) == said


def test_a_picture_tells_whether_it_began_with_somebody_elses() -> None:
    upload, drawing = stranger(1), replace(DRAWING, image_sha256="f" * 64)
    assert source_of(png(FINISHED, DRAWING, 0)) is SourceType.TRAINED
    composite = png(FINISHED, drawing, 0, start=upload)
    assert source_of(composite) is SourceType.COMPOSITE
    assert source_of(png(FINISHED, drawing, 0, start=composite)) is SourceType.COMPOSITE
    assert source_of(png(FINISHED, drawing, 0, start=png(FINISHED, DRAWING, 0))) is SourceType.TRAINED
    assert source_of(png(FINISHED, drawing, 0)) is SourceType.COMPOSITE  # nothing is known of its start


async def test_what_is_added_around_a_picture_does_not_make_it_somebody_elses() -> None:
    canvas = zoomed_out(DRAWING.width, DRAWING.height, 2.0)
    for start, source in (
        (png(FINISHED, DRAWING, 0), SourceType.TRAINED),
        (stranger(1), SourceType.COMPOSITE),
    ):
        extended_start, _ = await extended(start, canvas)
        assert source_of(extended_start) is source


def test_pictures_of_the_first_version_are_known_by_their_record() -> None:
    def without_xmp(data: bytes) -> bytes:
        image, info, out = Image.open(io.BytesIO(data)), PngInfo(), io.BytesIO()
        info.add_itxt("atelier", str(image.info["atelier"]))
        image.save(out, "PNG", pnginfo=info)
        return out.getvalue()

    drawing = replace(DRAWING, image_sha256="f" * 64)
    assert source_of(without_xmp(png(FINISHED, DRAWING, 0))) is SourceType.TRAINED
    assert source_of(without_xmp(png(FINISHED, drawing, 0))) is SourceType.COMPOSITE
