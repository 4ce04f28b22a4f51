"""Whatever is sent in is looked at without harm: no error, no network, no more memory than it is worth."""

from __future__ import annotations

import io
import json
import random
import socket
import threading
from pathlib import Path

import pytest
from c2pa import (
    Builder,
    C2paBuilderIntent,
    C2paDigitalSourceType,
    C2paSignerInfo,
    C2paSigningAlg,
    Context,
    Signer,
)
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from bot.provenance import Inspection, Signing, Trust, inspect
from bot.provenance.inspection import MAX_BYTES, UNREADABLE
from bot.provenance.source import XMP, SourceType, named_in, packet
from tests.provenance.drawn import ENDINGS, as_sent, drawn, stranger

(PICTURE,) = drawn(1)
BOMB = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcdefgh", "bcdefghi", strict=True))
    + "]><x>&i;</x>"
)


def a_png(**texts: str) -> bytes:
    out, info = io.BytesIO(), PngInfo()
    for keyword, text in texts.items():
        info.add_itxt(XMP if keyword == "xmp" else keyword, text)
    Image.new("RGB", (8, 8)).save(out, "PNG", pnginfo=info)
    return out.getvalue()


def test_a_picture_that_says_nothing_is_told_so(signing: Signing) -> None:
    assert inspect(stranger(1), signing) == Inspection(readable=True)


@pytest.mark.parametrize("data", [b"", b"no picture", b"\x89PNG\r\n\x1a\n", b"GIF89a", bytes(MAX_BYTES + 1)])
def test_what_is_no_picture_is_unreadable(data: bytes, signing: Signing) -> None:
    assert inspect(data, signing) == UNREADABLE


@pytest.mark.parametrize(
    "record",
    ["", "[]", "[" * 100_000, '{"request": 7}', '{"request": [1]}', "nul", '{"request": "' + "x" * 10**5],
)
def test_a_forged_record_names_no_request(record: str, signing: Signing) -> None:
    assert inspect(a_png(atelier=record), signing).request_id == ""


def test_long_texts_are_cut(signing: Signing) -> None:
    long = inspect(a_png(parameters="x" * 10**6, atelier=json.dumps({"request": "y" * 10**5})), signing)
    assert (len(long.parameters), len(long.request_id)) == (10_000, 64)


@pytest.mark.parametrize(
    "xmp", [BOMB, "<", "", "<x/>", "\0", packet(SourceType.TRAINED).replace("digital", "")]
)
def test_a_hostile_packet_names_no_source(xmp: str, signing: Signing) -> None:
    assert inspect(a_png(xmp=xmp), signing).source == ""


def test_a_source_is_read_as_an_element_too() -> None:
    written = packet(SourceType.TRAINED)
    attribute = f'\n    Iptc4xmpExt:DigitalSourceType="{SourceType.TRAINED.uri}"/>'
    element = f"><Iptc4xmpExt:DigitalSourceType>{SourceType.TRAINED.uri.replace('trained', 'un')}"
    element += "</Iptc4xmpExt:DigitalSourceType></rdf:Description>"
    assert attribute in written
    assert named_in(written.replace(attribute, element).encode()) == "unAlgorithmicMedia"


@pytest.mark.parametrize("count", [600, pytest.param(20_000, marks=pytest.mark.long)])
def test_damaged_files_are_looked_at_without_an_error(count: int, signing: Signing) -> None:
    rng, whole = random.Random(count), inspect(PICTURE.data, signing)
    files = [signing.sign(as_sent(PICTURE.data, ending), PICTURE.source).data for ending in ENDINGS]
    seen = set()
    for number in range(count):
        found = inspect(_damaged(files[number % len(files)], rng), signing)
        seen.add(found.manifest.trust)
        assert found.manifest.trust is not Trust.UNKNOWN
        if found.manifest.trust is Trust.OURS:  # only the padding of the manifest was hit
            assert (found.parameters, found.source) == (whole.parameters, whole.source)
    assert seen >= {Trust.UNREADABLE, Trust.INVALID, Trust.NONE}


def _damaged(data: bytes, rng: random.Random) -> bytes:
    """Some bytes are others, missing, or there twice."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8, 32))):
        at = rng.randrange(len(changed))
        match rng.randrange(4):
            case 0:
                changed[at] ^= 1 << rng.randrange(8)
            case 1:
                changed[at : at + 4] = rng.choice((b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff"))
            case 2:
                del changed[at : at + rng.randrange(1, 64)]
            case _:
                changed[at:at] = changed[at : at + rng.randrange(1, 64)]
    return bytes(changed)


def test_a_manifest_that_lies_elsewhere_is_not_fetched(tmp_path: Path, signing: Signing) -> None:
    Signing(tmp_path / "certificates")
    chain, key = ((tmp_path / "certificates" / name).read_bytes() for name in ("signer.pem", "signer.key"))
    called = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.5)
        out = io.BytesIO()
        with (
            Context(
                signer=Signer.from_info(C2paSignerInfo(C2paSigningAlg.ES256, chain, key, None))
            ) as context,
            Builder({"claim_generator_info": [{"name": "stranger"}]}, context) as builder,
        ):
            builder.set_intent(C2paBuilderIntent.CREATE, C2paDigitalSourceType.DIGITAL_CAPTURE)
            builder.set_no_embed()
            builder.set_remote_url(f"http://127.0.0.1:{server.getsockname()[1]}/manifest")
            builder.sign("image/png", io.BytesIO(stranger(1)), out)
        assert b"127.0.0.1" in out.getvalue()

        def answer() -> None:
            try:
                server.accept()[0].close()
                called.set()
            except TimeoutError:
                pass

        listening = threading.Thread(target=answer)
        listening.start()
        found = inspect(out.getvalue(), signing)
        listening.join()
    assert not called.is_set()
    assert found.manifest.trust in (Trust.NONE, Trust.UNREADABLE)
