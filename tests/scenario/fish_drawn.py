"""Routes on which a guest has a black fish drawn: by words, from pictures, and from pictures of ours."""

from __future__ import annotations

from random import Random
from typing import Any

from bot.domain.safety import Safety
from bot.playground import Upload
from bot.provenance import unsigned
from engine.demo.world import Colour, Scene, Subject, Thing
from engine.samplers import SAMPLERS
from tests.demo.drawing import file_of
from tests.demo.routes import a_prompt, a_start, inner_mask
from tests.scenario.aquarium import A_FISH, A_HOUSE, BLACK_FISH, FREE, Aquarium, Guest, Route, a_fish

SIZES = ("1:1", "1:1", "3:2", "9:16", "64x64", "224x128", "256x256")
MIDDLE = ["2", "4", "5", "6", "8"]


# From words


async def by_plain_words(pond: Aquarium, guest: Guest, random: Random) -> None:
    """What members are told."""
    end = await guest.ask(BLACK_FISH)
    match guest.mode:
        case Safety.BLOCK:
            assert end.content.startswith(
                "⛔ The safety check withheld every picture of this request; try other"
            )
        case Safety.SPOILER:
            assert [file.filename[:8] for file in end.attachments] == ["SPOILER_"]
        case Safety.REVIEW:
            assert end.content.startswith(
                "🔎 Drawn. A moderator looks at the pictures before they are shown."
            )


async def by_words(pond: Aquarium, guest: Guest, random: Random) -> None:
    flags = [f"--steps {random.choice((2, 3, 5, 8))}", f"--cfg {random.choice((1.5, 3, 3, 5))}"]
    flags += random.sample(("--chaos 60", "--tile", "--stop 70", "--s 600", "--no house", "--q 0.5"), 2)
    flags += [f"--sampler {random.choice(list(SAMPLERS))}"] if random.random() < 0.7 else []
    await guest.ask(f"{a_prompt(random)} {' '.join(flags)}", aspect=random.choice(SIZES))


async def slowly(pond: Aquarium, guest: Guest, random: Random) -> None:
    """So that there is time for previews."""
    await guest.ask(f"{BLACK_FISH} --steps 40", count=random.choice((1, 2)))


async def by_a_word_that_was_taught(pond: Aquarium, guest: Guest, random: Random) -> None:
    how = random.randrange(3)
    said = ("something at the beach", "a <darkfin> at the beach", "(<darkfin>:1.2) in the snow")[how]
    await guest.ask(said, **{"embedding": "darkfin"} if how == 0 else {})


async def by_a_style(pond: Aquarium, guest: Guest, random: Random) -> None:
    await guest.ask("at the beach", style="deep")


async def by_a_flag_of_ones_own(pond: Aquarium, guest: Guest, random: Random) -> None:
    await guest.run("prefer option set", name="sunk", flags="--style deep")
    await guest.ask("at sunset --sunk")


async def by_a_suffix(pond: Aquarium, guest: Guest, random: Random) -> None:
    await guest.run("prefer suffix", text="black fish")
    await guest.ask("at sunset,")


async def by_a_wildcard(pond: Aquarium, guest: Guest, random: Random) -> None:
    await guest.ask("a __animal__ at night")


async def by_several_at_once(pond: Aquarium, guest: Guest, random: Random) -> None:
    question = await guest.ask(random.choice(("a {black, red} fish in the snow", f"{BLACK_FISH} --repeat 2")))
    await guest.press(question, "Draw them all")
    for message in await pond.messages_of(guest, 2):
        guest.ends.append(await guest.over(message))


async def in_a_grid(pond: Aquarium, guest: Guest, random: Random) -> None:
    """One of whose pictures is one: the others are shown, with their own numbers."""
    seed, bad = random.choice(pond.grids)
    grid = await guest.ask(A_FISH, count=4, seed=seed)
    if guest.mode is Safety.REVIEW:
        await pond.approve(guest, grid)
    cells = [cell for cell in range(4) if guest.mode is not Safety.BLOCK or cell != bad]
    numbers = [cell + 1 for cell in cells]
    for letter in "UV":
        assert [number for number in range(1, 5) if grid.button(f"{letter}{number}")] == numbers
    for cell, file in zip(cells, grid.attachments, strict=True):
        picked = await guest.press(grid, f"U{cell + 1}")
        assert unsigned(picked.attachments[0].data) == unsigned(file.data)
    await guest.press(grid, f"V{numbers[-1]}")
    question = await guest.use_on(grid, random.choice(("Upscale", "Vary")))
    assert [number for number in range(1, 5) if question.button(f"Picture {number}")] == numbers
    await guest.press(question, f"Picture {numbers[-1]}")
    assert "Kept" in (await guest.press(grid, "❤️")).content
    assert "Sent" in (await guest.press(grid, "✉️")).content
    await guest.run("favorites")


# From pictures


def from_a_fish(strength: float) -> Route:
    """A start picture is refused as such, whatever would become of it."""

    async def route(pond: Aquarium, guest: Guest, random: Random) -> None:
        words = random.choice((BLACK_FISH, A_HOUSE))
        end = await guest.ask(words, image=a_fish(), strength=strength)
        assert "The start picture is not allowed here." in end.content

    return route


def from_another_picture(strength: float) -> Route:
    """Which is drawn over, with words that ask for a black fish."""

    async def route(pond: Aquarium, guest: Guest, random: Random) -> None:
        start = Subject(random.choice((Thing.FISH, Thing.BOAT)), Colour.BLUE, Scene.BEACH)
        await guest.ask(BLACK_FISH, image=file_of(a_start(start, random)), strength=strength)

    return route


async def through_a_mask(pond: Aquarium, guest: Guest, random: Random) -> None:
    start = file_of(a_start(Subject(Thing.CAR, Colour.RED, Scene.CITY), random))
    await guest.ask(BLACK_FISH, image=start, mask=file_of(inner_mask()), strength=random.choice((0.8, 1.0)))


async def by_blending(pond: Aquarium, guest: Guest, random: Random) -> None:
    blue = file_of(a_start(Subject(Thing.FISH, Colour.BLUE, Scene.SNOW), random))
    other = random.choice((a_fish(), blue))
    await guest.run("blend", image1=a_fish(), image2=other, prompt=f"{BLACK_FISH} --steps 5 --count 1")


async def by_enlarging_an_upload(pond: Aquarium, guest: Guest, random: Random) -> None:
    end = await guest.run("upscale", image=a_fish(), factor=2)
    assert "The start picture is not allowed here." in end.content


async def by_a_menu_on_somebodys_picture(pond: Aquarium, guest: Guest, random: Random) -> None:
    upload = Upload("mine.png", a_fish())
    message = pond.house.post(guest.member.user, "look", upload, where=guest.place)
    menu = random.choice(("Upscale", "Vary", "Use as start image"))
    await guest.use_on(message, menu, prompt=BLACK_FISH, strength="0.3", flags="--steps 4 --count 1")


async def by_its_hash(pond: Aquarium, guest: Guest, random: Random) -> None:
    """A copied line names the file that a picture started from."""
    stores = pond.house.parts.stores
    picture, *_ = await stores.queue.pictures(pond.job_of(pond.tanks[FREE].single))
    await guest.ask(f"{A_HOUSE} --image {picture.sha256} --strength {random.choice((0.05, 0.4))}")


# From a picture of ours that is none


async def in_a_region(pond: Aquarium, guest: Guest, random: Random) -> None:
    house = await guest.ask(A_HOUSE)
    answers: dict[str, Any] = {"prompt": BLACK_FISH, "strength": "1", "cells": MIDDLE}
    if random.random() < 0.5:
        mask = guest.member.upload("mask.png", file_of(inner_mask()), "image/png")
        answers |= {"cells": [], "mask": [mask]}
    await guest.press(house, "Vary (Region)", **answers)


async def by_other_words(pond: Aquarium, guest: Guest, random: Random) -> None:
    house = await guest.ask(A_HOUSE)
    button = random.choice(("Remix", "Tweak", "Custom Zoom", "Use as start image"))
    if button == "Tweak":
        await guest.press(house, button, style=["deep"], flags="--steps 4")
    elif button == "Use as start image":
        await guest.use_on(house, button, prompt=BLACK_FISH, strength="0.9", flags="--steps 4 --count 1")
    else:
        await guest.press(house, button, prompt=BLACK_FISH, flags="--steps 4", factor="1.9")


async def by_remixed_buttons(pond: Aquarium, guest: Guest, random: Random) -> None:
    await guest.run("prefer remix", on=True)
    house = await guest.ask(A_HOUSE)
    button = random.choice(("Vary (Subtle)", "Vary (Strong)", "Zoom Out 2x"))
    await guest.press(house, button, prompt=BLACK_FISH, strength="1", flags="--steps 4")


async def around_another_picture(pond: Aquarium, guest: Guest, random: Random) -> None:
    """Whose words ask for one."""
    start = file_of(a_start(Subject(Thing.FISH, Colour.BLUE, Scene.BEACH), random))
    message = await guest.ask(BLACK_FISH, image=start, strength=0.05, aspect="3:2")
    if message.attachments:
        buttons = ("Zoom Out 1.5x", "⬅️", "⬆️", "Make Square", "Vary (Strong)", "Upscale 2x")
        await guest.press(message, random.choice(buttons))
