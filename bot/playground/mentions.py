"""Who a message really pings: the mentions in its text, as far as `allowed_mentions` lets them through."""

from __future__ import annotations

import re

from bot.playground.wire import Json
from bot.playground.world import Message, World

USER, ROLE = re.compile(r"<@!?(\d{1,20})>"), re.compile(r"<@&(\d{1,20})>")
EVERYONE = re.compile(r"@(everyone|here)\b")


def apply_mentions(message: Message, world: World, allowed: Json | None) -> None:
    """Fill in the message's mentions from its content; without `allowed` all of them count."""
    parse = ["users", "roles", "everyone"] if allowed is None else allowed.get("parse") or []
    users = {int(each) for each in (allowed or {}).get("users") or []}
    roles = {int(each) for each in (allowed or {}).get("roles") or []}
    named = {int(each) for each in USER.findall(message.content)} & world.users.keys()
    found = named if "users" in parse else named & users
    named_roles = {int(each) for each in ROLE.findall(message.content)} & world.guild.roles.keys()
    message.mentions = [world.users[each] for each in sorted(found)]
    message.mention_roles = sorted(named_roles if "roles" in parse else named_roles & roles)
    message.mention_everyone = "everyone" in parse and bool(EVERYONE.search(message.content))
