"""Attachment addresses: signed, expiring, and gone with their message."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from yarl import URL

from bot.playground import Playground
from bot.playground.default_world import default_world
from bot.playground.world import World
from tests.playground.rest_client import RestClient
from tests.playground.studio_bot import PNG


async def attachment_url(playground: Playground, rest: RestClient, name: str = "a b.png") -> str:
    """The address of a file that the bot posted in #studio."""
    path = f"/channels/{playground.world.channel_named('studio').id}/messages"
    return str((await rest.call("POST", path, {}, files={name: PNG})).body["attachments"][0]["url"])


async def status(rest: RestClient, url: str | URL) -> int:
    async with rest.session.get(url) as response:
        await response.read()
        return response.status


async def test_an_address_serves_the_file_with_its_type(playground: Playground, rest: RestClient) -> None:
    url = await attachment_url(playground, rest)
    assert url.startswith(f"{playground.endpoints.cdn}/attachments/")
    assert {"ex", "is", "hm"} <= URL(url).query.keys()
    async with rest.session.get(url) as response:
        assert (await response.read(), response.content_type) == (PNG, "image/png")


async def test_an_address_expires_and_the_message_gives_a_fresh_one(
    playground: Playground, rest: RestClient
) -> None:
    url = await attachment_url(playground, rest)
    playground.clock.advance(24 * 3600 + 1)
    assert await status(rest, url) == 404
    (message,) = playground.world.channel_named("studio").messages.values()
    path = f"/channels/{message.channel.id}/messages/{message.id}"
    fresh = (await rest.call("GET", path)).body["attachments"][0]["url"]
    assert fresh != url
    assert await status(rest, fresh) == 200


@pytest.mark.parametrize("change", [{"hm": "0" * 64}, {"ex": "ffffffff"}, {"ex": "zz"}, {"hm": "é"}])
async def test_a_forged_address_is_refused(
    playground: Playground, rest: RestClient, change: dict[str, str]
) -> None:
    url = URL(await attachment_url(playground, rest))
    assert await status(rest, url.update_query(change)) == 403
    assert await status(rest, url.with_query(None)) == 403


async def test_a_file_is_gone_with_its_message(playground: Playground, rest: RestClient) -> None:
    url = await attachment_url(playground, rest)
    (message,) = playground.world.channel_named("studio").messages.values()
    await rest.call("DELETE", f"/channels/{message.channel.id}/messages/{message.id}")
    assert await status(rest, url) == 404


async def test_a_file_that_an_edit_replaces_lingers_for_a_minute(
    playground: Playground, rest: RestClient
) -> None:
    url = await attachment_url(playground, rest)
    (message,) = playground.world.channel_named("studio").messages.values()
    path = f"/channels/{message.channel.id}/messages/{message.id}"
    await rest.call("PATCH", path, {"content": "gone", "attachments": []})
    assert message.attachments == []
    assert await status(rest, url) == 200
    playground.clock.advance(61)
    assert await status(rest, url) == 404


async def test_a_picture_shown_in_an_embed_is_not_listed_beside_it(
    playground: Playground, rest: RestClient
) -> None:
    path = f"/channels/{playground.world.channel_named('studio').id}/messages"
    body = {"embeds": [{"image": {"url": "attachment://a.png"}}]}
    posted = (await rest.call("POST", path, body, files={"a.png": PNG})).body
    assert posted["attachments"] == []
    image = posted["embeds"][0]["image"]
    assert (image["width"], image["height"]) == (3, 2)
    assert await status(rest, image["url"]) == 200


async def test_avatars_and_icons_are_drawn(playground: Playground, rest: RestClient) -> None:
    ada = playground.world.user_named("ada")
    for path in (
        f"/avatars/{ada.id}/x.png",
        "/embed/avatars/0.png",
        f"/icons/{playground.world.guild.id}/x.png",
    ):
        async with rest.session.get(playground.endpoints.cdn + path) as response:
            assert (await response.read()).startswith(b"\x89PNG")


async def test_only_the_newcomer_has_a_new_id_at_every_start(playground: Playground) -> None:
    core = playground.core
    again = default_world(core.clock, core.new_id, "token")
    same = {
        name for name in ("olive", "max", "ada", "ben", "cleo") if _id(again, name) == _id(core.world, name)
    }
    assert len(same) == 5
    assert _id(again, "nell") != _id(core.world, "nell")
    assert again.channels.keys() == core.world.channels.keys()


def _id(world: World, name: str) -> int:
    return world.user_named(name).id


async def test_it_listens_on_one_loopback_address_only(playground: Playground) -> None:
    port = URL(playground.url).port
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.2", port)


async def test_other_sites_in_a_visitors_browser_are_turned_away(
    playground: Playground, rest: RestClient
) -> None:
    for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}):
        async with rest.session.get(playground.url, headers=headers) as response:
            assert response.status == 403
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await rest.session.ws_connect(
            playground.endpoints.gateway, headers={"Origin": "https://evil.example"}
        )
