"""Lines that members might write, and some that only an enemy would."""

from __future__ import annotations

from hypothesis import strategies as st

from bot.domain.syntax.flags import BY_NAME
from bot.domain.words import Words

SHA = "0f" * 32
_SYNTAX = [
    "--", "—", "–", "-", "---", "\\", "{", "}", ",", "__", "_", "::", ":", "=", "(", ")", "[", "]", "`", "'", '"', "…",
    " ", "\n", "\t", "\u2003", "\x1c", "BREAK", "(a:1.2)", r"\(", "::2", "::-0.5", "::.5,", "__animals__", "__x__",
    "{a, b}", "{a, {b, c}}", r"\{", r"\,", r"\--ar", "--ar 3:2", "—s 5", "--no x, y", "--sedd 3", "--look", "7", "-1",
    "1e999", "nan", "9" * 30, "3:2", SHA, "a -- b", "rock-n-roll", "https://example.org/a--b?c=d", "<a:cat:123>",
    "👩‍🎨",
]  # fmt: skip
_SAID = [
    f" {dashes}{name}{gap}{flag.example}{end} "
    for dashes in ("--", "—")
    for name, flag in BY_NAME.items()
    for gap in (" ", "=", "=\\")
    for end in ("", ",,", "9", "{", "::")
]
_PIECES = st.one_of(
    st.sampled_from(_SYNTAX),
    st.sampled_from([f"--{name}" for name in BY_NAME]),
    st.sampled_from(_SAID),
    st.text(max_size=4),
    st.sampled_from([" ", " ", "a", "red"]),
)
LINES = st.one_of(st.text(), st.lists(_PIECES, max_size=30).map("".join))

_TEXTS = LINES.map(lambda line: " ".join(line.split()))
_NAMES = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,31}", fullmatch=True)
_DIGESTS = st.from_regex(r"[0-9a-f]{64}", fullmatch=True)
_NUMBERS = st.integers(-(10**12), 10**12)
_FRACTIONS = st.floats(-1000, 1000, allow_nan=False)
_ON = st.sampled_from([None, True])
WORDS = st.builds(
    Words,
    prompt=_TEXTS,
    negative=st.none() | _TEXTS.filter(bool),
    aspect=st.none() | st.sampled_from(["3:2", "512x768", "2×3"]),
    count=st.none() | _NUMBERS,
    seed=st.none() | _NUMBERS,
    model=st.none() | _NAMES,
    style=st.none() | _NAMES,
    embedding=st.none() | _NAMES,
    steps=st.none() | _NUMBERS,
    guidance=st.none() | _FRACTIONS,
    sampler=st.none() | _NAMES,
    quality=st.none() | _FRACTIONS,
    stylize=st.none() | _NUMBERS,
    chaos=st.none() | _NUMBERS,
    stop=st.none() | _NUMBERS,
    tile=_ON,
    repeat=st.none() | _NUMBERS,
    image_sha256=st.none() | _DIGESTS,
    mask_sha256=st.none() | _DIGESTS,
    strength=st.none() | _FRACTIONS,
    image_weight=st.none() | _FRACTIONS,
    upscale=st.none() | _NUMBERS,
    spoiler=_ON,
    private=_ON,
)
