"""People, roles and channels as options, in selects and in forms reach the real discord.py as what they are."""

from __future__ import annotations

import pytest

from bot.playground import DeniedError, Member, Message, Outcome, Playground
from bot.playground.command_line import Value
from bot.playground.member import Answer
from tests.playground.studio_bot import StudioBot


async def answered(member: Member, outcome: Outcome) -> str:
    assert outcome.acknowledged, outcome
    reply = await member.wait_for(lambda message: message is outcome.reply)
    return reply.text


async def test_each_kind_of_option_is_resolved_in_a_group_of_subcommands(
    playground: Playground, bot: StudioBot
) -> None:
    world, boss = playground.world, playground.member("max")
    options: dict[str, Value] = {
        "role": world.role_named("Moderator"),
        "channel": world.channel_named("The house"),
        "anyone": world.user_named("ben"),
        "most": 7,
        "share": 0.25,
        "enabled": False,
    }
    outcome = await boss.command("studio", "admin policy set", scope="role", **options)
    expected = "role Role:Moderator CategoryChannel:The house Member:ben 7 0.25 False"
    assert await answered(boss, outcome) == expected
    outcome = await boss.command(
        "studio", "admin policy set", scope="guild", anyone=options["role"], share=1, enabled=True
    )
    assert await answered(boss, outcome) == "guild NoneType: NoneType: Role:Moderator None 1.0 True"


@pytest.mark.parametrize(
    "wrong",
    [
        {"scope": "planet"},
        {"scope": "role", "most": 101},
        {"scope": "role", "most": 1.5},
        {"scope": "role", "share": 1.01},
        {"scope": "role", "enabled": "yes"},
        {"scope": "role", "role": "1"},
        {"scope": "role", "anyone": "no id"},
        {"role": None},
    ],
)
async def test_an_option_of_the_wrong_kind_is_never_sent(
    playground: Playground, bot: StudioBot, wrong: dict[str, str | float]
) -> None:
    with pytest.raises(DeniedError):
        await playground.member("max").command("studio", "admin policy set", **wrong)


async def test_only_a_channel_of_a_declared_type_can_be_chosen(
    playground: Playground, bot: StudioBot
) -> None:
    boss, world = playground.member("max"), playground.world
    who, role, category = world.user_named("ada"), world.guild.everyone, world.channel_named("The house")
    with pytest.raises(DeniedError, match="right type"):
        await boss.command("studio", "admin policy show", who=who, role=role, where=category)


async def test_selects_of_a_message_give_the_whole_person_role_or_channel(
    playground: Playground, bot: StudioBot
) -> None:
    ada, world = playground.member("ada"), playground.world
    ben, moderator = world.user_named("ben"), world.role_named("Moderator")
    message: Message | None = (await ada.command("studio", "pickers")).reply
    assert message is not None
    for custom_id, values, said in (
        ("users", [ben, ada.user], "Member:ben Member:ada"),
        ("roles", [moderator], "Role:Moderator"),
        ("anyone", [moderator, ben], "Member:ben Role:Moderator"),
        ("channels", [world.channel_named("The house")], "CategoryChannel:The house"),
    ):
        words = await answered(ada, await ada.select(message, custom_id, *values))
        assert sorted(words.split(" ")) == sorted(said.split(" "))
    with pytest.raises(DeniedError):
        await ada.select(message, "roles", ben)


async def test_selects_of_a_form_do_so_too(playground: Playground, bot: StudioBot) -> None:
    ada, world = playground.member("ada"), playground.world
    modal = (await ada.command("studio", "assign")).modal
    answers: dict[str, Answer] = {
        "users": [world.user_named("ben")],
        "roles": [world.role_named("Moderator")],
        "anyone": [world.role_named("Atelier")],
        "channels": [world.channel_named("after-dark")],
    }
    outcome = await ada.submit_modal(modal, answers)
    assert await answered(ada, outcome) == (
        "Member:ben, Role:Moderator, Role:Atelier, TextChannel:after-dark"
    )
