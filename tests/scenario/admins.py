"""An admin at work in a house: what they are told, and what members then meet."""

from __future__ import annotations

from typing import Any

from discord import Permissions

from bot.playground import Member, Message
from bot.playground.world import Channel
from tests.scenario.conftest import PICTURES_S
from tests.scenario.house import House
from tests.scenario.props import reply


def new_admin(house: House) -> Member:
    """Somebody who may manage the server."""
    return house.newcomer(roles=[house.playground.world.role_named("Moderator")])


def new_moderator(house: House) -> Member:
    """Somebody who may manage messages, but not the server."""
    rights = Permissions(manage_messages=True).value
    return house.newcomer(roles=[house.playground.steward.create_role("Helper", permissions=rights)])


def show_to_all(house: House) -> None:
    """A server may let anybody use a command, in its settings for integrations."""
    for command in house.playground.world.commands():
        if command["name"] in ("admin", "gpu"):
            command["default_member_permissions"] = None


async def clean(house: House) -> None:
    """Nothing is set any more, no name is refused, and the queue goes on."""
    guild_id, reviews = house.playground.world.guild.id, house.parts.stores.reviews
    await house.parts.stores.policies.reset(guild_id)
    for (number,) in house.rows("SELECT id FROM optout WHERE approved = 1"):
        await reviews.decide_optout(f"o:{number}", approved=False)
    await house.parts.stores.queue.halt(guild_id, None)
    house.parts.dispatcher.wake()


def channel(house: House, name: str = "studio") -> Channel:
    return house.playground.world.channel_named(name)


async def answer(member: Member, name: str, /, **options: Any) -> Message:
    """What `/admin ...` answers, which this member alone sees."""
    outcome = await member.command("studio", f"admin {name}", **options)
    assert outcome.acknowledged, outcome
    message = reply(outcome)
    assert message.ephemeral
    return await member.wait_for(lambda each: each is message and not each.loading, PICTURES_S)


async def says(member: Member, name: str, /, **options: Any) -> str:
    """The text of it."""
    return (await answer(member, name, **options)).text


async def ask(member: Member) -> Message:
    """A request for one small picture: its message, or the sentence that refuses it."""
    return reply(await member.command("studio", "imagine", prompt="a red house --steps 2", count=1))


async def ask_while_paused(admin: Member, member: Member) -> Message:
    """A request that waits until the queue is resumed."""
    await says(admin, "queue pause")
    message = await ask(member)
    assert message.content.startswith("⏳"), message.content
    return message


async def shows(member: Member, message: Message, start: str) -> Message:
    """This message, once it begins so."""
    return await member.wait_for(lambda each: each is message and each.content.startswith(start), PICTURES_S)
