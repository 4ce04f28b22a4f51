"""Members and the real discord.py talk to each other through the playground."""

from __future__ import annotations

import pytest

from bot.playground import DeniedError, Playground, Status, Upload
from bot.playground.feed import Change
from bot.playground.member import Answer
from tests.playground.studio_bot import PNG, StudioBot


async def test_a_deferred_command_shows_progress_and_ends_with_pictures(
    playground: Playground, bot: StudioBot
) -> None:
    ada = playground.member("ada")
    outcome = await ada.command("studio", "paint", prompt="a red house", count=2, image=PNG)
    assert outcome.acknowledged
    done = await ada.wait_for(lambda message: "a red house: done" in message.text)
    assert [each.filename for each in done.attachments] == ["a.png", "b.png"]
    assert done.attachments[0].description == "a red house"
    assert f"flat 2 {len(PNG)}" in done.text
    ready = await ada.wait_for(lambda message: message.content == "a red house is ready")
    assert ready.reference is done


async def test_every_step_of_the_progress_reaches_the_watching_member(
    playground: Playground, bot: StudioBot
) -> None:
    ada = playground.member("ada")
    await ada.command("studio", "paint", prompt="hills")
    await ada.wait_for(lambda message: message.content == "hills is ready")
    story = [
        (news.change, news.body["message"]["content"], news.body["message"]["flags"])
        for news in ada.news
        if "message" in news.body and news.change is not Change.INTERACTION_UPDATE
    ]
    assert story == [
        (Change.MESSAGE_CREATE, "", 128),
        (Change.MESSAGE_UPDATE, "hills: step 1", 0),
        (Change.MESSAGE_UPDATE, "hills: done", 0),
        (Change.MESSAGE_CREATE, "hills is ready", 0),
    ]


async def test_an_ephemeral_answer_is_seen_by_its_member_alone(
    playground: Playground, bot: StudioBot
) -> None:
    ada, ben = playground.member("ada"), playground.member("ben")
    await ada.command("studio", "paint", prompt="a secret", private=True)
    await ada.wait_for(lambda message: message.content == "a secret is ready")
    assert len(ada.see("studio")) == 2
    assert ben.see("studio") == []
    assert all("message" not in news.body for news in ben.news)


async def test_autocomplete_brings_suggestions(playground: Playground, bot: StudioBot) -> None:
    outcome = await playground.member("ada").autocomplete("studio", "paint", "style", "p", prompt="a")
    assert outcome.status is Status.AUTOCOMPLETE
    assert [each["value"] for each in outcome.choices] == ["pixel"]


async def test_a_persistent_button_is_answered(playground: Playground, bot: StudioBot) -> None:
    ada, ben = playground.member("ada"), playground.member("ben")
    await ada.command("studio", "paint", prompt="x")
    grid = await ben.wait_for(lambda message: message.button("Again") is not None)
    assert (await ben.click(grid, "🔄")).acknowledged
    answer = await ben.wait_for(lambda message: message.content == "again 42")
    assert answer.ephemeral
    assert answer not in ada.see("studio")


async def test_a_modal_is_opened_filled_in_and_submitted(playground: Playground, bot: StudioBot) -> None:
    ada = playground.member("ada")
    opened = await ada.command("studio", "tweak")
    assert opened.status is Status.MODAL
    assert opened.modal["title"] == "Tweak"
    mask = ada.upload("mask.png", PNG)
    answers: dict[str, Answer] = {
        "prompt": "a boat",
        "style": ["pixel"],
        "mask": [mask],
        "aspect": "3:2",
        "extras": ["tile"],
    }
    assert (await ada.submit_modal(opened.modal, answers)).acknowledged
    await ada.wait_for(
        lambda message: message.content == f"tweaked a boat ['pixel'] [{len(PNG)}] 3:2 ['tile']"
    )


async def test_a_modal_refuses_what_its_fields_forbid(playground: Playground, bot: StudioBot) -> None:
    ada = playground.member("ada")
    modal = (await ada.command("studio", "tweak")).modal
    good: dict[str, Answer] = {"prompt": "a boat", "style": ["pixel"], "aspect": "1:1"}
    wrong: tuple[dict[str, Answer], ...] = (
        {"prompt": ""},
        {"prompt": "x" * 401},
        {"style": ["neon"]},
        {"style": []},
        {"aspect": "9:9"},
    )
    for bad in wrong:
        with pytest.raises(DeniedError):
            await ada.submit_modal(modal, good | bad)


async def test_selects_change_their_message(playground: Playground, bot: StudioBot) -> None:
    ada = playground.member("ada")
    await ada.command("studio", "pick")
    message = await ada.wait_for(lambda each: each.content == "pick")
    await ada.select(message, "style", "flat", "pixel")
    await ada.wait_for(lambda each: each.content == "picked flat, pixel")
    await ada.select(message, "friend", playground.world.user_named("ben"))
    await ada.wait_for(lambda each: each.content == "friend ben" and not each.components)
    assert len(ada.see("studio")) == 1


async def test_a_panel_of_components_v2_arrives_whole(playground: Playground, bot: StudioBot) -> None:
    ada = playground.member("ada")
    await ada.command("studio", "panel")
    panel = await ada.wait_for(lambda message: "# Panel" in message.text)
    assert {each["type"] for each in panel.walk()} == {1, 2, 9, 10, 11, 12, 13, 14, 17}
    assert (await ada.click(panel, "again:7")).acknowledged


async def test_context_menus_bring_their_target(playground: Playground, bot: StudioBot) -> None:
    ada = playground.member("ada")
    message = playground.member("ben").say("studio", "hello there")
    await ada.use_on(message, "Image info")
    await ada.wait_for(lambda each: each.content == "0 in 'hello there'")
    await ada.use_on(playground.world.user_named("cleo"), "Look at")
    await ada.wait_for(lambda each: each.content == "this is cleo")


async def test_subcommands_resolve_members_roles_and_channels(playground: Playground, bot: StudioBot) -> None:
    olive, world = playground.member("olive"), playground.world
    role = next(each for each in world.guild.roles.values() if each.name == "Moderator")
    await olive.command(
        "studio",
        "admin policy show",
        who=world.user_named("max"),
        role=role,
        where=world.channel_named("gallery"),
    )
    await olive.wait_for(lambda each: each.content == "max Moderator gallery")


async def test_posting_without_an_interaction_reacting_editing_and_writing_to_a_member(
    playground: Playground, bot: StudioBot
) -> None:
    ada = playground.member("ada")
    await ada.command("studio", "post")
    await ada.wait_for(lambda each: each.content == "same True, private True")
    posted = [each for each in ada.see("studio") if each.content == "edited"]
    assert len(posted) == 1
    assert posted[0].reactions == {"⭐": [playground.world.application.bot.id]}
    assert [each.filename for each in posted[0].attachments] == ["late.png"]
    assert [each.content for each in ada.see("dm")] == ["in private"]
    assert "in private" not in [each.content for each in playground.member("ben").see_everywhere()]


async def test_a_command_works_in_a_direct_channel(playground: Playground, bot: StudioBot) -> None:
    ada = playground.member("ada")
    await ada.command("studio", "post")
    await ada.wait_for(lambda each: each.content == "same True, private True")
    assert (await ada.command("dm", "post")).acknowledged
    with pytest.raises(DeniedError, match="direct messages"):
        await ada.command("dm", "admin policy show")


async def test_an_upload_keeps_its_name_type_and_size(playground: Playground, bot: StudioBot) -> None:
    ada = playground.member("ada")
    await ada.command("studio", "paint", prompt="x", image=Upload("my dog.webp", PNG))
    interaction = await bot.interactions.get()
    assert interaction.data is not None
    (sent,) = interaction.data["resolved"]["attachments"].values()  # type: ignore[typeddict-item]
    assert (sent["filename"], sent["content_type"], sent["size"]) == ("my_dog.webp", "image/webp", len(PNG))
    assert (sent["width"], sent["height"]) == (3, 2)
