"""Routes on which a guest is shown a black fish that is there already, or has something made of it."""

from __future__ import annotations

from random import Random
from typing import Any

from bot.domain.safety import Safety
from bot.playground import Message
from tests.scenario.aquarium import A_HOUSE, BLACK_FISH, FREE, Aquarium, Guest, Route

AGAIN = "Draw it again"


# From a black fish that is there


def pressing(button: str, **answers: Any) -> Route:
    """Of one that was drawn in this place while nobody checked; whoever is told to draws it again."""

    async def route(pond: Aquarium, guest: Guest, random: Random) -> None:
        tank = pond.tanks[guest.place]
        message = {"Make Square": tank.wide, "U1": tank.grid, "V2": tank.grid}.get(button, tank.single)
        await again(guest, await guest.press(message, button, **answers))

    return route


def using(menu: str) -> Route:
    """What a message's menu makes of one that was drawn in this place while nobody checked."""

    async def route(pond: Aquarium, guest: Guest, random: Random) -> None:
        tank = pond.tanks[guest.place]
        end = await guest.use_on(
            tank.single, menu, prompt=A_HOUSE, strength="0.1", flags="--steps 4 --count 1"
        )
        await again(guest, end)

    return route


async def again(guest: Guest, end: Message) -> None:
    """A sentence may offer to draw the pictures again."""
    if end.button(AGAIN):
        await guest.press(end, AGAIN)


async def by_a_file_that_has_expired(pond: Aquarium, guest: Guest, random: Random) -> None:
    stale = pond.tanks[guest.place].stale
    for _ in range(2):  # the second time, what was drawn since may be its file
        await again(guest, await guest.press(stale, "Vary (Subtle)"))


def shown_from(place: str) -> Route:
    """Whose pictures are shown here too, with their buttons, and in the lists of who drew them."""

    async def route(pond: Aquarium, guest: Guest, random: Random) -> None:
        keeper, fish = pond.fish[place]
        end = await guest.run("show", job=pond.job_of(fish))
        await again(guest, end)
        if end.attachments:
            for button in ("✉️", "❤️", "Vary (Subtle)", "Zoom Out 2x"):
                await guest.press(end, button)
        await in_lists(Guest(pond.house, keeper.member, guest.place, guest.ends))

    return route


async def in_the_keepers_lists(pond: Aquarium, guest: Guest, random: Random) -> None:
    await in_lists(Guest(pond.house, pond.tanks[guest.place].keeper.member, guest.place, guest.ends))


async def in_lists(guest: Guest) -> None:
    for name in ("history", "favorites"):
        await guest.choose_all(await guest.run(name))


async def by_a_letter(pond: Aquarium, guest: Guest, random: Random) -> None:
    guest.member.react(pond.tanks[guest.place].single, "✉️")
    house = await guest.ask(A_HOUSE)
    guest.member.react(house, "✉️")
    await guest.mail(pond.job_of(house))


# To where only one sees it


async def in_private(pond: Aquarium, guest: Guest, random: Random) -> None:
    await guest.ask(f"{BLACK_FISH} --steps 6", private=True)
    await guest.mail()


async def in_direct_messages(pond: Aquarium, guest: Guest, random: Random) -> None:
    """Where the owner's own settings hold."""
    await guest.ask(A_HOUSE, private=True)
    await guest.mail()
    there = Guest(pond.house, guest.member, "dm", guest.ends)
    end = await there.ask(BLACK_FISH)
    assert end.content.startswith("⛔ The safety check withheld every picture")
    await again(there, await there.run("show", job=pond.job_of(pond.tanks[FREE].single)))
    await in_lists(there)


async def with_a_copy(pond: Aquarium, guest: Guest, random: Random) -> None:
    await guest.run("prefer auto_dm", on=True)
    end = await guest.ask(BLACK_FISH)
    if guest.mode is Safety.REVIEW:
        await pond.approve(guest, end)
    if end.attachments:
        await guest.mail(pond.job_of(end))


async def after_a_moderator(pond: Aquarium, guest: Guest, random: Random) -> None:
    """Approved pictures are shown, with buttons that make new ones; others never are."""
    end = await guest.ask(BLACK_FISH)
    if guest.mode is not Safety.REVIEW:
        return
    if random.random() < 0.5:
        await pond.approve(guest, end)
        await guest.press(end, random.choice(("🔄", "Vary (Subtle)", "Upscale 2x", "✉️")))
    else:
        await guest.run("show", job=pond.job_of(end))
        assert "Never show them" in await pond.decide(end, approved=False)
        await guest.member.wait_for(lambda each: each is end and each.content.startswith("⛔"))
        assert not (await guest.run("show", job=pond.job_of(end))).attachments
