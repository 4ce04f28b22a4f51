"""Any order that may be written down."""

from __future__ import annotations

from hypothesis import strategies as st

from bot.domain.drawing import Drawing, Style
from bot.domain.job import Order, Origin, Place
from engine.request import MAX_SEED, AdapterUse

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
IDS = st.integers(1, 2**63 - 1)
HASHES = st.none() | st.sampled_from(["a" * 64, "b" * 64])
USES = st.builds(AdapterUse, st.sampled_from(["ink", "wool"]), st.floats(0, 2))
STYLES = st.builds(
    Style, name=TEXTS, prompt=TEXTS, negative=TEXTS, loras=st.lists(USES, max_size=3).map(tuple)
)
DRAWINGS = st.builds(
    Drawing,
    prompt=TEXTS,
    model=TEXTS,
    seed=st.integers(0, MAX_SEED),
    count=st.integers(1, 4),
    width=st.sampled_from([64, 128, 2048]),
    height=st.sampled_from([64, 128, 2048]),
    steps=st.integers(1, 150),
    guidance=st.floats(0, 30),
    negative=TEXTS,
    sampler=TEXTS,
    style=st.none() | STYLES,
    chaos=st.integers(0, 100),
    tile=st.booleans(),
    stop=st.integers(10, 100),
    image_sha256=HASHES,
    mask_sha256=HASHES,
    strength=st.floats(0, 1),
    upscale=st.sampled_from([1, 2, 4]),
)
GUILDS = st.sampled_from([None, 1, 2**63 - 1])
PLACES = st.builds(Place, GUILDS, IDS)


def orders(interactions: st.SearchStrategy[int], users: st.SearchStrategy[int]) -> st.SearchStrategy[Order]:
    """Orders of these members in lanes of their own in each guild, up to three for each interaction."""
    return st.tuples(users, PLACES).flatmap(
        lambda who: st.builds(
            Order,
            interaction_id=interactions,
            user_id=st.just(who[0]),
            place=st.just(who[1]),
            locale=st.sampled_from(["en-GB", "de", "fr"]),
            drawing=DRAWINGS,
            lane=st.just(f"{who[1].guild_id or 0}:{who[0]}"),
            upload_limit=st.integers(1, 2**40),
            origin=st.sampled_from(Origin),
            parent_id=st.none() | st.just("abcdefghij"),
            parent_cell=st.none() | st.integers(0, 3),
            part=st.integers(0, 2),
            spoiler=st.booleans(),
            private=st.booleans(),
            notify=st.booleans(),
            auto_dm=st.booleans(),
            priority=st.integers(1, 4),
        )
    )
