"""What the kinds of answers do: defers, ephemeral messages, followups, modals, updates, attachments."""

from __future__ import annotations

import asyncio

import pytest

from bot.playground import DeniedError, Member, Playground
from bot.playground.world import Message
from tests.playground.by_hand import COMMAND, GO_BUTTON, HELLO, Started, start
from tests.playground.rest_client import RestClient
from tests.playground.studio_bot import PNG


@pytest.mark.parametrize(("flags", "seen_by_ben"), [(64, 0), (0, 1)])
async def test_the_defer_decides_who_sees_the_answer(
    playground: Playground, ada: Member, rest: RestClient, flags: int, seen_by_ben: int
) -> None:
    started = await start(playground, ada)
    await rest.call("POST", started.callback, {"type": 5, "data": {"flags": flags}})
    await rest.call("PATCH", f"{started.hook}/messages/@original", {"content": "done", "flags": 64 - flags})
    assert len(playground.member("ben").see("studio")) == seen_by_ben
    assert ada.see("studio")[-1].content == "done"


async def test_only_ephemeral_may_be_set_when_deferring(
    playground: Playground, ada: Member, rest: RestClient
) -> None:
    started = await start(playground, ada)
    refused = await rest.call("POST", started.callback, {"type": 5, "data": {"flags": 1 << 15}})
    assert refused.code == 50035


async def test_an_ephemeral_message_is_out_of_reach_of_the_channel_endpoints(
    playground: Playground, ada: Member, rest: RestClient
) -> None:
    started = await start(playground, ada)
    await rest.call("POST", started.callback, {"type": 4, "data": {"content": "secret", "flags": 64}})
    message = ada.see("studio")[-1]
    path = f"/channels/{message.channel.id}/messages/{message.id}"
    assert (await rest.call("PATCH", path, {"content": "x"})).code == 10008
    assert (await rest.call("GET", path)).code == 10008
    assert (await rest.call("DELETE", f"{started.hook}/messages/@original")).status == 204
    assert ada.see("studio") == []


async def test_the_first_followup_after_a_defer_replaces_the_loading_message(
    playground: Playground, ada: Member, rest: RestClient
) -> None:
    started = await start(playground, ada)
    await rest.call("POST", started.callback, {"type": 5})
    assert ada.see("studio")[-1].loading
    await rest.call("POST", started.hook, {"content": "first"})
    second = await rest.call("POST", started.hook, {"content": "second"})
    assert [each.content for each in ada.see("studio")] == ["first", "second"]
    edited = await rest.call("PATCH", f"{started.hook}/messages/{second.body['id']}", {"content": "changed"})
    assert edited.body["edited_timestamp"]


async def test_a_modal_answers_neither_a_modal_nor_a_deferred_interaction(
    playground: Playground, ada: Member, rest: RestClient
) -> None:
    text = {"type": 4, "custom_id": "t", "style": 1}
    label = {"type": 18, "label": "Text", "component": text}
    modal = {"type": 9, "data": {"custom_id": "m", "title": "M", "components": [label]}}
    started = await start(playground, ada)
    assert (await rest.call("POST", started.callback, modal)).status == 204
    opened = await started.outcome
    submitting = asyncio.create_task(ada.submit_modal(opened.modal, {"t": "hello"}))
    await asyncio.sleep(0)
    submit = Started(playground.core.interactions.latest(), 0, submitting)
    assert (await rest.call("POST", submit.callback, modal)).code == 50035
    assert (await rest.call("POST", submit.callback, {"type": 7, "data": {"content": "x"}})).code == 50035
    assert (await rest.call("POST", submit.callback, HELLO)).status == 204
    deferred = await start(playground, ada)
    await rest.call("POST", deferred.callback, {"type": 5})
    assert (await rest.call("POST", deferred.callback, modal)).code == 40060


async def test_autocomplete_takes_at_most_twenty_five_suggestions(
    playground: Playground, rest: RestClient
) -> None:
    option = {"type": 3, "name": "style", "description": "Style", "autocomplete": True}
    application = playground.world.application.id
    await rest.call("PUT", f"/applications/{application}/commands", [COMMAND | {"options": [option]}])
    typing = asyncio.create_task(playground.member("ada").autocomplete("studio", "paint", "style", "p"))
    await asyncio.sleep(0)
    started = Started(playground.core.interactions.latest(), application, typing)
    choices = [{"name": str(n), "value": str(n)} for n in range(26)]
    too_many, fitting = [{"type": 8, "data": {"choices": each}} for each in (choices, choices[1:])]
    assert (await rest.call("POST", started.callback, too_many)).code == 50035
    assert (await rest.call("POST", started.callback, HELLO)).code == 50035
    assert (await rest.call("POST", started.callback, fitting)).status == 204
    assert len((await typing).choices) == 25


async def test_a_modal_that_was_not_answered_can_be_sent_again(
    playground: Playground, ada: Member, rest: RestClient
) -> None:
    label = {"type": 18, "label": "Text", "component": {"type": 4, "custom_id": "t", "style": 1}}
    started = await start(playground, ada)
    data = {"custom_id": "m", "title": "M", "components": [label]}
    await rest.call("POST", started.callback, {"type": 9, "data": data})
    modal = (await started.outcome).modal
    for answered in (False, True):
        submitting = asyncio.create_task(ada.submit_modal(modal, {"t": "hello"}))
        await asyncio.sleep(0)
        submit = Started(playground.core.interactions.latest(), 0, submitting)
        if answered:
            await rest.call("POST", submit.callback, HELLO)
        else:
            playground.clock.advance(3)
        assert (await submitting).acknowledged is answered
    with pytest.raises(DeniedError, match="not open"):
        await ada.submit_modal(modal, {"t": "hello"})


async def button_message(playground: Playground, rest: RestClient) -> Message:
    channel = playground.world.channel_named("studio")
    await rest.call(
        "POST", f"/channels/{channel.id}/messages", {"content": "press", "components": [GO_BUTTON]}
    )
    return next(reversed(channel.messages.values()))


async def test_a_component_can_update_its_message(
    playground: Playground, ada: Member, rest: RestClient
) -> None:
    message = await button_message(playground, rest)
    started = await start(playground, ada, "go")
    answer = {"type": 7, "data": {"content": "pressed", "components": []}}
    assert (await rest.call("POST", started.callback + "?with_response=true", answer)).body["resource"][
        "type"
    ] == 7
    assert (message.content, message.components) == ("pressed", [])
    assert (await started.outcome).acknowledged


async def test_a_public_reply_to_an_ephemeral_message_does_not_give_it_away(
    playground: Playground, ada: Member, rest: RestClient
) -> None:
    started = await start(playground, ada)
    secret = {"content": "secret", "flags": 64, "components": [GO_BUTTON]}
    await rest.call("POST", started.callback, {"type": 4, "data": secret})
    pressed = await start(playground, ada, "go")
    await rest.call("POST", pressed.callback, HELLO)
    (reply,) = playground.member("ben").see("studio")
    shown = (await rest.call("GET", f"/channels/{reply.channel.id}/messages/{reply.id}")).body
    assert (shown["content"], shown["referenced_message"]) == ("hello", None)


async def test_attachments_that_an_edit_does_not_list_are_gone(
    playground: Playground, ada: Member, rest: RestClient
) -> None:
    started = await start(playground, ada)
    await rest.call("POST", started.callback, {"type": 5})
    original = f"{started.hook}/messages/@original"
    first = await rest.call("PATCH", original, {"content": "x"}, files={"a.png": PNG, "b.png": PNG})
    assert [each["filename"] for each in first.body["attachments"]] == ["a.png", "b.png"]
    kept = first.body["attachments"][1]["id"]
    body = {"attachments": [{"id": kept}, {"id": 0, "filename": "c.png", "description": "new"}]}
    second = await rest.call("PATCH", original, body, files={"c.png": PNG})
    assert [each["filename"] for each in second.body["attachments"]] == ["b.png", "c.png"]
    assert second.body["attachments"][1]["description"] == "new"
    third = await rest.call("PATCH", original, {"content": "only words"})
    assert len(third.body["attachments"]) == 2
