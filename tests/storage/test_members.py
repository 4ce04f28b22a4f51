"""What members set for themselves comes back as it was set, and to nobody else."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.album import Report
from bot.domain.preferences import MAX_SHORTCUTS, Preferences
from bot.domain.words import Words
from bot.errors import BadRequest
from bot.storage.database import Database
from bot.storage.members import DRAFT_MS, MemberStore
from tests.storage.making import Clock
from tests.storage.orders import TEXTS

PREFERENCES = st.builds(
    Preferences,
    model=st.none() | TEXTS,
    aspect=st.none() | TEXTS,
    count=st.none() | st.integers(1, 4),
    locale=st.none() | TEXTS,
    suffix=TEXTS,
    remix=st.booleans(),
    notify=st.booleans(),
    private=st.booleans(),
    auto_dm=st.booleans(),
)
WORDS = st.builds(
    Words,
    prompt=TEXTS,
    negative=st.none() | TEXTS,
    aspect=st.none() | TEXTS,
    seed=st.none() | st.integers(0, 2**32 - 1),
    guidance=st.none() | st.floats(0, 30),
    quality=st.none() | st.sampled_from([0.25, 0.5, 1.0, 2.0]),
    tile=st.none() | st.booleans(),
    image_sha256=st.none() | st.just("a" * 64),
    strength=st.none() | st.floats(0, 1),
)
many = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def members(database: Database, clock: Clock) -> MemberStore:
    return MemberStore(database, clock)


async def test_who_set_nothing_leaves_all_to_the_studio(members: MemberStore) -> None:
    assert await members.preferences(7) == Preferences()
    assert await members.shortcuts(7) == {}


@many
@given(PREFERENCES)
async def test_preferences_come_back_as_they_were_set_last(
    members: MemberStore, preferences: Preferences
) -> None:
    await members.set_preferences(7, Preferences(suffix="before", count=4))
    await members.set_preferences(7, preferences)
    kept = await members.preferences(7)
    assert repr(kept) == repr(preferences)
    assert await members.preferences(8) == Preferences()


async def test_shortcuts_are_a_members_own_and_can_be_changed_and_deleted(members: MemberStore) -> None:
    await members.set_shortcut(7, "wide", "--ar 2:1")
    await members.set_shortcut(7, "ink", "--style ink")
    await members.set_shortcut(7, "wide", "--ar 3:1")
    await members.set_shortcut(8, "wide", "--ar 9:1")
    assert await members.shortcuts(7) == {"ink": "--style ink", "wide": "--ar 3:1"}
    assert await members.delete_shortcut(7, "wide")
    assert not await members.delete_shortcut(7, "wide")
    assert await members.shortcuts(7) == {"ink": "--style ink"}
    assert await members.shortcuts(8) == {"wide": "--ar 9:1"}


async def test_only_so_many_shortcuts_are_kept_and_those_can_still_be_changed(members: MemberStore) -> None:
    for number in range(MAX_SHORTCUTS):
        await members.set_shortcut(7, f"name{number}", "--tile")
    with pytest.raises(BadRequest, match=str(MAX_SHORTCUTS)):
        await members.set_shortcut(7, "another", "--tile")
    await members.set_shortcut(7, "name0", "--chaos 5")
    assert (await members.shortcuts(7))["name0"] == "--chaos 5"
    assert len(await members.shortcuts(7)) == MAX_SHORTCUTS
    await members.set_shortcut(8, "another", "--tile")


@many
@given(WORDS)
async def test_a_draft_comes_back_as_it_was_said_and_once(members: MemberStore, words: Words) -> None:
    draft = await members.put_draft(7, words)
    assert await members.take_draft(draft, 8) is None
    assert repr(await members.take_draft(draft, 7)) == repr(words)
    assert await members.take_draft(draft, 7) is None


async def test_an_unknown_draft_is_none(members: MemberStore) -> None:
    assert await members.take_draft("aaaaaaaaaa", 7) is None


async def test_drafts_that_nobody_confirmed_are_forgotten_after_a_day(
    members: MemberStore, clock: Clock
) -> None:
    old = await members.put_draft(7, Words(prompt="old"))
    clock.ms += 1
    young = await members.put_draft(7, Words(prompt="young"))
    clock.ms += DRAFT_MS
    await members.put_draft(8, Words(prompt="new"))
    assert await members.take_draft(old, 7) is None
    assert await members.take_draft(young, 7) == Words(prompt="young")


async def test_a_member_reports_a_message_once_and_the_last_reason_counts(
    members: MemberStore, clock: Clock, path: Path
) -> None:
    for reason in ("rude", "very rude"):
        await members.report(Report(7, "abcdefghij", 1, 2, 3, reason))
    await members.report(Report(8, None, None, 2, 3, "rude"))
    with closing(sqlite3.connect(path)) as connection:
        kept = connection.execute("SELECT * FROM report ORDER BY id").fetchall()
    assert kept == [
        (1, 7, "abcdefghij", 1, 2, 3, "very rude", clock.ms, None, None),
        (2, 8, None, None, 2, 3, "rude", clock.ms, None, None),
    ]
