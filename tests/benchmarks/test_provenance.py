"""`atelier bench provenance` measures each format, and a signature takes less than 5 KB."""

from __future__ import annotations

from bot.benchmarks.provenance import measure


def test_every_format_is_measured() -> None:
    tree = measure(64, 2).nested()
    assert 0 < tree["text_bytes"] < 2000
    for ending in ("png", "webp", "jpeg"):
        assert 0 < tree[ending]["signature_bytes"] < 5000
        assert tree[ending]["sign_ms"] > 0
        assert tree[ending]["inspect_ms"] > 0
