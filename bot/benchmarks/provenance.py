"""What it costs that a picture says what it is: bytes and milliseconds, for each format in which it goes out."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

from PIL import Image

from bot.benchmarks.report import Figure, Report
from bot.domain.drawing import Drawing
from bot.provenance import PictureFile, Signing, SourceType, fingerprint, inspect, png
from bot.provenance.files import converted
from engine.events import Finished, Picture

_NOISE = 40  # standard deviation; noise is what compresses worst


def measure(side: int, repeats: int) -> Report:
    """The median of so many repeats, for a square picture of this side in pixels."""
    image = Image.effect_noise((side, side), _NOISE).convert("RGB")
    drawing = Drawing(
        prompt="a red house at night, under the stars",
        negative="people",
        model="demo",
        seed=1,
        count=1,
        width=side,
        height=side,
        steps=25,
        guidance=7.0,
    )
    finished = Finished("1", Picture(side, side, image.tobytes()), 1.0, "0" * 64, rows=8)
    stored = png(finished, drawing, 0)
    figures = [
        Figure("text_bytes", len(stored) - _bare(image), "B", "parameters, record and XMP in the stored PNG"),
        Figure("fingerprint_ms", _ms(lambda: fingerprint(stored), repeats), "ms", "its perceptual hash"),
    ]
    with tempfile.TemporaryDirectory(prefix="atelier-") as folder:
        signing = Signing(Path(folder) / "certificates")
        for file in _as_sent(stored):
            figures += _figures(signing, file, repeats)
    return Report("Provenance", f"{side} x {side} pixels of noise, medians of {repeats}", tuple(figures))


def _figures(signing: Signing, file: PictureFile, repeats: int) -> list[Figure]:
    kind, signed = file.ending, signing.sign(file, SourceType.TRAINED)
    return [
        Figure(f"{kind}.signature_bytes", len(signed.data) - len(file.data), "B", f"added to a {kind} file"),
        Figure(
            f"{kind}.sign_ms",
            _ms(lambda: signing.sign(file, SourceType.TRAINED), repeats),
            "ms",
            "to sign it",
        ),
        Figure(
            f"{kind}.inspect_ms", _ms(lambda: inspect(signed.data, signing), repeats), "ms", "to look at it"
        ),
    ]


def _as_sent(stored: bytes) -> list[PictureFile]:
    with Image.open(io.BytesIO(stored)) as image:
        image.load()
        return [PictureFile(stored, "png"), converted(image, "webp", 85), converted(image, "jpeg", 85)]


def _bare(image: Image.Image) -> int:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.tell()


def _ms(work: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        started = perf_counter()
        work()
        times.append(perf_counter() - started)
    return median(times) * 1000
