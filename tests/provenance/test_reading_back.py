"""What our pictures say is read back by others' rules, in each format; and a picture that was changed is found out."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator

import exiv2
import pytest
from c2pa import Context, Reader
from PIL import Image

from bot.provenance import PictureFile, Signing, Trust, inspect
from bot.provenance.files import comment_of
from tests.provenance import a1111
from tests.provenance.drawn import ENDINGS, MANY, Drawn, as_sent, changed_pixel, drawn


@pytest.mark.parametrize("count", MANY)
def test_every_tool_of_the_field_reads_how_a_picture_was_made(count: int) -> None:
    for each in drawn(count):
        drawing = each.drawing
        for ending in ENDINGS:
            said = a1111.read(_comment(as_sent(each.data, ending)))
            assert said["Prompt"] == drawing.cell_prompt(each.cell)
            assert said["Negative prompt"] == drawing.negative
            assert said["Seed"] == str(drawing.cell_seed(each.cell))
            assert said["Steps"] == str(drawing.steps)
            assert said["CFG scale"] == str(drawing.cell_guidance(each.cell))
            assert said["Sampler"] == (drawing.sampler or "default")
            assert (said["Size-1"], said["Size-2"]) == (str(drawing.width), str(drawing.height))
            assert said["Model"] == drawing.model
            assert said.get("Upscaler", "") == each.finished.upscaled_by


@pytest.mark.parametrize("count", MANY)
def test_an_xmp_reader_is_told_that_a_machine_drew_it(count: int, signing: Signing) -> None:
    for each, file in _sent(count, signing):
        image = exiv2.ImageFactory.open(file.data)
        image.readMetadata()
        said = {datum.key(): datum.value().toString() for datum in image.xmpData()}
        assert said["Xmp.iptcExt.DigitalSourceType"] == each.source.uri
        assert said["Xmp.xmp.CreatorTool"] == "Atelier"


@pytest.mark.parametrize("count", MANY)
def test_a_c2pa_reader_trusts_it_with_our_root_alone(count: int, signing: Signing) -> None:
    for each, file in _sent(count, signing):
        assert _validated(file, {"trust": {"user_anchors": signing.root}}) == ("Trusted", each.source.uri)
        assert _validated(file, {}) == ("Valid", each.source.uri)
        ours, strangers = inspect(file.data, signing), inspect(file.data, None)
        assert (ours.manifest.trust, strangers.manifest.trust) == (Trust.OURS, Trust.UNKNOWN)
        assert ours.manifest.source == ours.source == each.source
        assert ours.manifest.generator == "Atelier"


@pytest.mark.parametrize("count", MANY)
def test_a_picture_that_was_changed_is_found_out(count: int, signing: Signing) -> None:
    rng = random.Random(count)
    for number, (_, file) in enumerate(_sent(-(-count // 3), signing)):
        changed = changed_pixel(file.data, rng) if file.ending == "png" else _flipped_bit(file, rng)
        assert changed != file.data, number
        assert inspect(changed, signing).manifest.trust is Trust.INVALID, (number, file.ending)


def test_a_picture_that_was_saved_again_has_no_manifest_any_more(signing: Signing) -> None:
    for _, file in _sent(4, signing):
        out = io.BytesIO()
        Image.open(io.BytesIO(file.data)).save(out, file.ending)
        assert inspect(out.getvalue(), signing).manifest.trust is Trust.NONE


def _sent(count: int, signing: Signing) -> Iterator[tuple[Drawn, PictureFile]]:
    for each in drawn(count):
        for ending in ENDINGS:
            yield each, signing.sign(as_sent(each.data, ending), each.source)


def _comment(file: PictureFile) -> str:
    with Image.open(io.BytesIO(file.data)) as image:
        return str(image.info["parameters"]) if file.ending == "png" else comment_of(image)


def _validated(file: PictureFile, settings: dict[str, dict[str, str]]) -> tuple[str, str]:
    """The reader's verdict, and the digital source type of the action that made the picture."""
    with (
        Context.from_dict(settings) as context,
        Reader(f"image/{file.ending}", io.BytesIO(file.data), context=context) as reader,
    ):
        (actions,) = (
            assertion["data"]["actions"]
            for assertion in reader.get_active_manifest()["assertions"]
            if assertion["label"] == "c2pa.actions.v2"
        )
        return reader.get_validation_state(), actions[0]["digitalSourceType"]


def _flipped_bit(file: PictureFile, rng: random.Random) -> bytes:
    """One bit of the compressed pixels of a WebP or JPEG differs."""
    begin, end = (b"VP8 ", b"EXIF") if file.ending == "webp" else (b"\xff\xda", b"\xff\xd9")
    changed = bytearray(file.data)
    at = rng.randrange(file.data.rindex(begin) + 16, file.data.rindex(end))
    changed[at] ^= 1 << rng.randrange(8)
    return bytes(changed)
