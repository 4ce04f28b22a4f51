"""Black fish, which stand in for what no picture may show, through every route that leads to a picture."""

from __future__ import annotations

import asyncio
import io
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random
from shutil import copytree

import pytest
from PIL import Image

from bot.domain.job import State
from bot.domain.safety import Safety
from bot.settings.sections import SafetySettings
from engine.demo import CHECKER_FOLDER
from tests.scenario.admins import answer, says
from tests.scenario.aquarium import A_HOUSE, BLACK_FISH, FREE, PLACES, Aquarium, aquarium
from tests.scenario.exhibits import Sighting, are_black_fish
from tests.scenario.fish_routes import ROUTES
from tests.scenario.house import direct
from tests.scenario.props import reply

_AT_ONCE = 10
_HELD = re.compile(r"h:(\w{10})$")
FEW = (
    ("slow", "studio"), ("plain words", "studio"), ("plain words", "gallery"), ("moderator", "welcome"),
    ("fish 0.05", "gallery"), ("grid", "studio"), ("old U1", "studio"), ("old Zoom Out 2x", "studio"),
    (f"shown from {FREE}", "gallery"), ("shown from gallery", "studio"), ("shown from welcome", "gallery"),
    ("lists", "studio"), ("copy", "gallery"),
)  # fmt: skip
ALL = tuple((name, place) for name, (_, times) in ROUTES.items() for place in PLACES for _ in range(times))


@pytest.mark.long
async def test_a_dozen_routes_show_no_black_fish_but_as_their_place_allows(tmp_path: Path) -> None:
    async with aquarium(tmp_path) as pond:
        await prepare(pond, "studio")
        await take(pond, FEW)
        await send_where_nobody_minds(pond)
        await count(pond, check(pond), 2)


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_every_route_shows_no_black_fish_but_as_its_place_allows(tmp_path: Path) -> None:
    """More than 300 of them."""
    async with aquarium(tmp_path) as pond:
        await prepare(pond, *PLACES)
        await take(pond, ALL)
        await over_a_restart(pond, 4)
        await at_the_desk(pond, 6)
        await count(pond, check(pond), 60)


@pytest.mark.parametrize("broken", [False, pytest.param(True, marks=pytest.mark.long)])
async def test_without_a_checker_that_works_nothing_is_shown_where_one_is_asked_for(
    tmp_path: Path, broken: bool
) -> None:
    folder = tmp_path / "checker"
    if broken:
        copytree(CHECKER_FOLDER, folder)
        weights = folder / "model.safetensors"
        weights.write_bytes(weights.read_bytes()[:-5000])
    async with aquarium(tmp_path, safety=SafetySettings(checker=str(folder))) as pond:
        await pond.watch()
        checked = await says(pond.moderator, "check")
        assert (
            "⚠️ The safety checker cannot be used, so nothing is drawn where pictures are to be checked."
            in checked
        )
        assert ("no valid safetensors file" if broken else "not where the settings say") in checked
        for place in PLACES:
            guest = pond.guest(place)
            for prompt in (BLACK_FISH, A_HOUSE):
                end = await guest.ask(prompt)
                assert end.content.startswith("⚠️ The safety check cannot run, so nothing is drawn here;")
            assert {job.state for job in await pond.house.jobs(guest.member)} == {State.FAILED}
        assert pond.exhibition.shown == []
        assert (await pond.guest(FREE).ask(A_HOUSE)).attachments


async def prepare(pond: Aquarium, *places: str) -> None:
    await pond.fill(*places)
    await pond.watch()
    await asyncio.gather(pond.catch(), pond.find_grids())


async def take(pond: Aquarium, taken: Sequence[tuple[str, str]]) -> None:
    """These routes in these places, some at a time; what went wrong with any is told in the end."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def go(number: int, name: str, place: str) -> None:
        async with gate:
            await ROUTES[name][0](pond, pond.guest(place, number), Random(number))

    ends = await asyncio.gather(
        *(go(number, *each) for number, each in enumerate(taken)), return_exceptions=True
    )
    wrong = [(each, end) for each, end in zip(taken, ends, strict=True) if isinstance(end, Exception)]
    for (name, place), end in wrong:
        end.add_note(f"{name} in {place}")
    if wrong:
        raise ExceptionGroup("routes that went wrong", [end for _, end in wrong])


async def send_where_nobody_minds(pond: Aquarium) -> None:
    """What the owner does not have in direct messages is not sent there, whatever the place shows."""
    for place in (FREE, "gallery"):
        guest, (_, fish) = pond.guest(place), pond.fish[place]
        guest.member.react(fish, "✉️")
        assert "out of direct messages" in (await guest.press(fish, "✉️")).content
        assert direct(guest.member) == []


async def over_a_restart(pond: Aquarium, each: int) -> None:
    """So many ask in each place, and the bot begins another life while it draws."""
    guests = [pond.guest(place) for place in PLACES for _ in range(each)]
    asked = [
        await guest.member.command(guest.place, "imagine", prompt=f"{BLACK_FISH} --steps 10", count=2)
        for guest in guests
    ]
    await pond.house.restart()
    for guest, outcome in zip(guests, asked, strict=True):
        guest.ends.append(await guest.over(reply(outcome)))


async def at_the_desk(pond: Aquarium, times: int) -> None:
    """A moderator looks at what is held, and says no and yes in turn."""
    desk = await answer(pond.moderator, "review list")
    for number in range(times):
        held = _HELD.search(desk.embeds[0]["footer"]["text"])
        assert held is not None
        assert desk.attachments
        if number % 2:
            pond.exhibition.approved.add(held[1])
        await pond.moderator.click(desk, "Show them" if number % 2 else "Never show them")


def check(pond: Aquarium) -> list[Sighting]:
    """The black fish that members were shown: none that the mode of its place does not allow."""
    desk = pond.moderator.user.id
    fish = [each for each in pond.exhibition.black_fish() if each.exhibit.viewer != desk]
    for sighting in fish:
        exhibit = sighting.exhibit
        allowed = {
            Safety.OFF: True,
            Safety.SPOILER: exhibit.hidden,
            Safety.BLOCK: False,
            Safety.REVIEW: sighting.approved,
        }
        assert allowed[exhibit.mode], sighting
    assert all(exhibit.hidden for exhibit in pond.exhibition.shown if exhibit.viewer == desk)
    ends = [end.content for guest in pond.guests for end in guest.ends if end.content.startswith("⚠️")]
    assert {end.split("\n")[0] for end in ends} == {"⚠️ The start picture is not allowed here."}
    return fish


async def count(pond: Aquarium, fish: Sequence[Sighting], least: int) -> None:
    """Each mode had at least so many pictures to flag, and it flagged every black fish among those that have files."""
    seen, files = Counter(sighting.exhibit.mode for sighting in fish), pond.house.parts.stores.pictures
    previews = Counter(exhibit.mode for exhibit in pond.exhibition.shown if exhibit.previewed)
    for mode in PLACES.values():
        rows = pond.house.rows(
            "SELECT sha256, flagged FROM picture JOIN job ON job.id = job_id WHERE safety = ?", mode
        )
        kept = [
            (Image.open(io.BytesIO(await files.get(sha256))), flagged) for sha256, flagged in rows if sha256
        ]
        drawn = are_black_fish([image for image, _ in kept])
        flagged = sum(flagged for _, flagged in rows)
        print(f"{mode}: {len(rows)} drawn, {flagged} flagged; {sum(drawn)} black fish in {len(kept)} files; "
              f"{seen[mode]} black fish shown; {previews[mode]} previews")  # fmt: skip
        assert [image for (image, flagged), black in zip(kept, drawn, strict=True) if black > flagged] == []
        assert flagged >= least
