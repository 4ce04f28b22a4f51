"""Application commands: read, create, change, delete, and overwrite in bulk, globally and per guild."""

from __future__ import annotations

from bot.playground.core import Core
from bot.playground.errors import Refusal, refuse
from bot.playground.rest.call import NO_CONTENT, Answer, Call, Route
from bot.playground.rules.commands import CHAT_INPUT, LIMITS, check_command, check_commands
from bot.playground.wire import Json, is_true, objects

CREATES_PER_DAY, DAY_S = 200, 86_400.0


async def list_commands(core: Core, call: Call) -> Answer:
    commands = list(_store(core, call).values())
    if not is_true(call.query.get("with_localizations")):
        commands = [_without_localizations(each) for each in commands]
    return Answer(commands)


async def get_command(core: Core, call: Call) -> Answer:
    return Answer(_existing(core, call))


async def overwrite_commands(core: Core, call: Call) -> Answer:
    """PUT: afterwards exactly these exist; those of the same type and name keep their id."""
    bodies = objects(call.body)
    check_commands(bodies)
    store = _store(core, call)
    known = {_key(each): each for each in store.values()}
    _count_creates(core, sum(_key(each) not in known for each in bodies))
    commands = [_stored(core, call, each, known.get(_key(each))) for each in bodies]
    _check_counts(commands)
    store.clear()
    store.update({int(each["id"]): each for each in commands})
    core.announce_state()
    return Answer(commands)


async def create_command(core: Core, call: Call) -> Answer:
    """POST: 201 for a new one, 200 when a command of that type and name was replaced."""
    check_command(call.json)
    store = _store(core, call)
    before = next((each for each in store.values() if _key(each) == _key(call.json)), None)
    _count_creates(core, int(before is None))
    command = _stored(core, call, call.json, before)
    _check_counts([*(each for each in store.values() if each is not before), command])
    store[int(command["id"])] = command
    core.announce_state()
    return Answer(command, 200 if before else 201)


async def edit_command(core: Core, call: Call) -> Answer:
    before = _existing(core, call)
    changed = {**before, **call.json, "type": before["type"]}
    check_command(changed)
    command = _stored(core, call, changed, before)
    _store(core, call)[int(command["id"])] = command
    core.announce_state()
    return Answer(command)


async def delete_command(core: Core, call: Call) -> Answer:
    del _store(core, call)[int(_existing(core, call)["id"])]
    core.announce_state()
    return NO_CONTENT


def _store(core: Core, call: Call) -> dict[int, Json]:
    if call.id("application_id") != core.world.application.id:
        raise refuse(Refusal.UNKNOWN_APPLICATION)
    if "guild_id" not in call.path:
        return core.world.global_commands
    if call.id("guild_id") != core.world.guild.id:
        raise refuse(Refusal.MISSING_ACCESS)
    return core.world.guild_commands


def _existing(core: Core, call: Call) -> Json:
    command = _store(core, call).get(call.id("command_id"))
    if command is None:
        raise refuse(Refusal.UNKNOWN_COMMAND)
    return command


def _key(command: Json) -> tuple[int, str]:
    return (command.get("type") or CHAT_INPUT, command["name"])


def _stored(core: Core, call: Call, body: Json, before: Json | None) -> Json:
    """The command as Discord keeps it; the version changes only when something else does."""
    permissions = body.get("default_member_permissions")
    command: Json = {
        "id": before["id"] if before else str(core.new_id()),
        "application_id": str(core.world.application.id),
        "type": body.get("type") or CHAT_INPUT,
        "name": body["name"],
        "name_localizations": body.get("name_localizations"),
        "description": body.get("description") or "",
        "description_localizations": body.get("description_localizations"),
        "default_member_permissions": None if permissions is None else str(permissions),
        "nsfw": bool(body.get("nsfw")),
    }
    if (body.get("type") or CHAT_INPUT) == CHAT_INPUT:
        command["options"] = [_option(each) for each in objects(body.get("options"))]
    if "guild_id" in call.path:
        command["guild_id"] = call.path["guild_id"]
    else:
        contexts = body.get("contexts")
        in_dms = body.get("dm_permission", True) if contexts is None else 1 in contexts
        command |= {
            "contexts": contexts,
            "integration_types": body.get("integration_types") or [0],
            "dm_permission": bool(in_dms),
        }
    unchanged = before is not None and {k: v for k, v in before.items() if k != "version"} == command
    command["version"] = before["version"] if before and unchanged else str(core.new_id())
    return command


def _option(option: Json) -> Json:
    """An option without the keys that say nothing."""
    kept = {key: value for key, value in option.items() if value is not None}
    for key in ("options", "choices"):
        if key in kept:
            kept[key] = [_option(each) for each in kept[key]]
    return kept


def _without_localizations(command: Json) -> Json:
    return {key: value for key, value in command.items() if not key.endswith("_localizations")}


def _check_counts(commands: list[Json]) -> None:
    for kind, limit in LIMITS.items():
        if sum(each["type"] == kind for each in commands) > limit:
            raise refuse(Refusal.TOO_MANY_COMMANDS)


def _count_creates(core: Core, count: int) -> None:
    now = core.clock.now()
    core.command_creates[:] = [each for each in core.command_creates if each > now - DAY_S]
    if count and len(core.command_creates) + count > CREATES_PER_DAY:
        raise refuse(Refusal.TOO_MANY_CREATES)
    core.command_creates.extend([now] * count)


ROUTES = [
    Route(method, prefix + tail, handler)
    for prefix in (
        "/applications/{application_id}/commands",
        "/applications/{application_id}/guilds/{guild_id}/commands",
    )
    for method, tail, handler in (
        ("GET", "", list_commands),
        ("PUT", "", overwrite_commands),
        ("POST", "", create_command),
        ("GET", "/{command_id}", get_command),
        ("PATCH", "/{command_id}", edit_command),
        ("DELETE", "/{command_id}", delete_command),
    )
]
