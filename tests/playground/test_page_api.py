"""The page's protocol: state, changes, interactions, uploads, messages and reactions."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from bot.playground import Playground
from bot.playground.world import User
from tests.playground.rest_client import RestClient
from tests.playground.studio_bot import PNG, StudioBot


class Page:
    """What a browser does: one event stream as one member, and posts."""

    def __init__(
        self, playground: Playground, rest: RestClient, member: User, socket: aiohttp.ClientWebSocketResponse
    ) -> None:
        self.playground = playground
        self.rest = rest
        self.member = member
        self.socket = socket

    async def read(self, kind: str) -> dict[str, Any]:
        """The next frame of this type; others are skipped."""
        while True:
            frame: dict[str, Any] = json.loads((await self.socket.receive(timeout=5)).data)
            if frame["type"] == kind:
                return frame

    async def post(self, what: str, **body: object) -> tuple[int, dict[str, Any]]:
        body |= {"member_id": str(self.member.id)}
        body.setdefault("channel_id", str(self.playground.world.channel_named("studio").id))
        async with self.rest.session.post(f"{self.playground.url}page/{what}", json=body) as response:
            return response.status, await response.json()

    async def upload(self, name: str, data: bytes) -> dict[str, Any]:
        form = aiohttp.FormData()
        form.add_field("file", data, filename=name, content_type="image/png")
        async with self.rest.session.post(f"{self.playground.url}page/uploads", data=form) as response:
            answer: dict[str, Any] = await response.json()
            return answer


@asynccontextmanager
async def page(playground: Playground, rest: RestClient, name: str = "ada") -> AsyncIterator[Page]:
    member = playground.world.user_named(name)
    url = f"{playground.url}page/events?member_id={member.id}"
    async with rest.session.ws_connect(url) as socket:
        yield Page(playground, rest, member, socket)


def command_id(state: dict[str, Any], name: str) -> str:
    return str(next(each["id"] for each in state["commands"] if each["name"] == name))


async def test_the_state_comes_first_with_what_the_member_sees(
    playground: Playground, rest: RestClient, bot: StudioBot
) -> None:
    async with page(playground, rest) as tab:
        state = await tab.read("state")
    assert state["bot_online"] is True
    assert state["guild"]["channels"][0]["name"] == "welcome"
    assert {"The house", "studio", "gallery", "after-dark"} <= {
        each["name"] for each in state["guild"]["channels"]
    }
    ada = next(each for each in state["members"] if each["user"]["username"] == "ada")
    assert ada["user"]["avatar_color"].startswith("#")
    assert int(ada["permissions"]) > 0
    assert {"paint", "say", "Image info"} <= {each["name"] for each in state["commands"]}
    assert "admin" not in {each["name"] for each in state["commands"]}
    welcome = state["messages"][str(playground.world.channel_named("welcome").id)]
    assert welcome[0]["content"].startswith("Welcome")


@pytest.mark.parametrize(("name", "shown"), [("olive", True), ("max", True), ("ada", False), ("nell", False)])
async def test_a_command_for_those_who_manage_the_server_is_offered_to_them_alone(
    playground: Playground, rest: RestClient, bot: StudioBot, name: str, shown: bool
) -> None:
    async with page(playground, rest, name) as tab:
        state = await tab.read("state")
    assert ("admin" in {each["name"] for each in state["commands"]}) is shown


async def test_a_visitor_without_a_name_is_the_first_member(playground: Playground, rest: RestClient) -> None:
    async with rest.session.ws_connect(f"{playground.url}page/events") as socket:
        state = json.loads((await socket.receive(timeout=5)).data)
    assert state["members"][0]["user"]["username"] == "olive"
    assert len(state["messages"]) == 5


async def test_the_state_comes_again_without_messages_when_the_bot_goes(
    playground: Playground, rest: RestClient, bot: StudioBot
) -> None:
    async with page(playground, rest) as tab:
        await tab.read("state")
        await bot.close()
        state = await tab.read("state")
        assert (state["bot_online"], "messages" in state) == (False, False)


async def test_a_command_with_an_upload_runs_to_its_end(
    playground: Playground, rest: RestClient, bot: StudioBot
) -> None:
    async with page(playground, rest) as tab:
        state = await tab.read("state")
        upload = await tab.upload("in.png", PNG)
        assert (upload["width"], upload["size"]) == (3, len(PNG))
        options = [
            {"name": "prompt", "type": 3, "value": "a red house"},
            {"name": "image", "type": 11, "value": upload["id"]},
        ]
        data = {"id": command_id(state, "paint"), "name": "paint", "type": 1, "options": options}
        assert await tab.post("interactions", nonce="n1", type=2, data=data) == (202, {})
        loading = (await tab.read("message_create"))["message"]
        assert (loading["flags"], loading["interaction_metadata"]["name"]) == (128, "paint")
        update = await tab.read("interaction_update")
        assert (update["nonce"], update["status"]) == ("n1", "acknowledged")
        assert (await tab.read("message_update"))["message"]["content"] == "a red house: step 1"
        done = (await tab.read("message_update"))["message"]
        assert done["attachments"][0]["url"].startswith(f"{playground.url}attachments/{done['channel_id']}/")
        click = {"component_type": 2, "custom_id": done["components"][0]["components"][0]["custom_id"]}
        await tab.post("interactions", nonce="n2", type=3, message_id=done["id"], data=click)
        assert (await tab.read("interaction_update"))["nonce"] == "n2"


async def test_autocomplete_and_modals_come_back_to_their_nonce(
    playground: Playground, rest: RestClient, bot: StudioBot
) -> None:
    async with page(playground, rest) as tab:
        state = await tab.read("state")
        options = [{"name": "style", "type": 3, "value": "pi", "focused": True}]
        data = {"id": command_id(state, "paint"), "name": "paint", "type": 1, "options": options}
        await tab.post("interactions", nonce="a", type=4, data=data)
        update = await tab.read("interaction_update")
        assert (update["status"], update["choices"]) == (
            "autocomplete",
            [{"name": "Pixel", "value": "pixel"}],
        )
        data = {"id": command_id(state, "tweak"), "name": "tweak", "type": 1, "options": []}
        await tab.post("interactions", nonce="m", type=2, data=data)
        update = await tab.read("interaction_update")
        assert (update["status"], update["modal"]["title"]) == ("modal", "Tweak")
        components = [
            {"type": 18, "component": {"type": 4, "custom_id": "prompt", "value": "new"}},
            {"type": 18, "component": {"type": 3, "custom_id": "style", "values": ["flat"]}},
            {"type": 18, "component": {"type": 21, "custom_id": "aspect", "value": "1:1"}},
        ]
        submit = {"custom_id": "tweak", "components": components}
        assert (await tab.post("interactions", nonce="s", type=5, data=submit))[0] == 202
        assert (await tab.read("message_create"))["message"]["content"].startswith("tweaked new")


async def test_the_page_is_told_that_the_application_did_not_respond(
    playground: Playground, rest: RestClient, bot: StudioBot
) -> None:
    async with page(playground, rest) as tab:
        state = await tab.read("state")
        data = {"id": command_id(state, "sleepy"), "name": "sleepy", "type": 1}
        await tab.post("interactions", nonce="z", type=2, data=data)
        playground.clock.advance(3)
        update = await tab.read("interaction_update")
        assert (update["status"], update["message"]) == ("failed", "The application did not respond")


async def test_ephemeral_messages_reach_only_their_members_page(
    playground: Playground, rest: RestClient, bot: StudioBot
) -> None:
    async with page(playground, rest) as mine, page(playground, rest, "ben") as other:
        await mine.read("state")
        await other.read("state")
        await playground.member("ada").command("studio", "say", text="psst", hidden=True)
        playground.member("cleo").say("studio", "loud")
        assert (await mine.read("message_create"))["message"]["content"] == "psst"
        assert (await other.read("message_create"))["message"]["content"] == "loud"


async def test_members_talk_and_react(playground: Playground, rest: RestClient) -> None:
    async with page(playground, rest) as tab:
        await tab.read("state")
        assert await tab.post("messages", content="hello") == (202, {})
        message = (await tab.read("message_create"))["message"]
        for expected in ([("⭐", 1, True)], []):
            await tab.post("reactions", message_id=message["id"], emoji="⭐")
            reactions = (await tab.read("message_update"))["message"]["reactions"]
            assert [(each["emoji"]["name"], each["count"], each["me"]) for each in reactions] == expected


async def test_what_is_not_possible_is_said_in_a_sentence(playground: Playground, rest: RestClient) -> None:
    async with page(playground, rest) as tab:
        for what, body in (
            ("messages", {"content": ""}),
            ("messages", {"content": "x", "channel_id": "1"}),
            ("interactions", {"type": 9}),
            ("interactions", {"type": 2, "data": {"id": "1"}}),
            ("interactions", {"type": 2, "data": "nonsense"}),
            ("interactions", {"type": 2, "data": {"id": ["1"]}}),
            ("interactions", {"type": 5, "data": {"custom_id": "none"}}),
            ("reactions", {"message_id": "1", "emoji": "⭐"}),
        ):
            status, answer = await tab.post(what, **body)
            assert status == 400
            assert answer["message"].endswith((".", "?"))


async def test_the_page_itself_is_served(playground: Playground, rest: RestClient) -> None:
    async with rest.session.get(playground.url) as response:
        assert response.status == 200
        assert response.content_type == "text/html"
    async with rest.session.get(f"{playground.url}page/../server.py") as response:
        assert response.status == 404
