"""The bot's own account, its application, direct channels, and the gateway's address."""

from __future__ import annotations

from bot.playground.core import Core
from bot.playground.errors import Refusal, refuse
from bot.playground.gateway import IDENTIFIES_PER_DAY
from bot.playground.render import application_json, channel_json, self_json, user_json
from bot.playground.rest.call import Answer, Call, Route
from bot.playground.wire import snowflake_or_none
from bot.playground.world import Channel, ChannelType, User


async def get_current_user(core: Core, call: Call) -> Answer:
    return Answer(self_json(core.world.application.bot))


async def get_user(core: Core, call: Call) -> Answer:
    user = core.world.users.get(call.id("user_id"))
    if user is None:
        raise refuse(Refusal.UNKNOWN_USER)
    return Answer(user_json(user))


async def get_application(core: Core, call: Call) -> Answer:
    return Answer(application_json(core.world))


async def get_gateway(core: Core, call: Call) -> Answer:
    return Answer({"url": core.endpoints.gateway})


async def get_gateway_bot(core: Core, call: Call) -> Answer:
    used = len(core.gateway.identified_at)
    start = {
        "total": IDENTIFIES_PER_DAY,
        "remaining": max(0, IDENTIFIES_PER_DAY - used),
        "reset_after": 86_400_000,
        "max_concurrency": 1,
    }
    return Answer({"url": core.endpoints.gateway, "shards": 1, "session_start_limit": start})


async def create_dm(core: Core, call: Call) -> Answer:
    recipient = core.world.users.get(snowflake_or_none(call.json.get("recipient_id")) or 0)
    if recipient is None or recipient.bot:
        raise refuse(Refusal.INVALID_RECIPIENT)
    return Answer(channel_json(open_dm(core, recipient)))


def open_dm(core: Core, user: User) -> Channel:
    """The direct channel between the bot and this user, made when it is not there yet."""
    channel = core.world.dm_with(user)
    if channel is None:
        channel = Channel(core.new_id(), user.username, ChannelType.DM, recipient=user)
        core.world.channels[channel.id] = channel
        core.announce_state()
    return channel


ROUTES = [
    Route("GET", "/users/@me", get_current_user),
    Route("GET", "/users/{user_id}", get_user),
    Route("POST", "/users/@me/channels", create_dm),
    Route("GET", "/oauth2/applications/@me", get_application),
    Route("GET", "/applications/@me", get_application),
    Route("GET", "/gateway", get_gateway, public=True),
    Route("GET", "/gateway/bot", get_gateway_bot),
]
