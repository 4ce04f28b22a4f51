"""What the bot's owner tells all servers at once, such as that it is restarted at eight."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from bot.domain.moderation import EVERYWHERE
from bot.domain.policy.powers import Power, demand
from bot.domain.studio import Notice
from bot.domain.text import cut, units
from bot.domain.words import Words
from bot.errors import BadRequest, PostRefused, PostUncertain
from bot.service.asker import Asker
from bot.service.guild_acts import ActLog
from bot.service.herald import Herald
from bot.service.warden import Warden
from bot.storage.members import MemberStore
from bot.storage.studio_state import StudioState
from engine.sentence import say

_log = logging.getLogger(__name__)
ACT = "owner broadcast"  # in the log
LONGEST_NOTICE = 2000  # characters, as Discord has it
_LONGEST_DETAIL = 1000
_PAUSE_S = 1.0  # Discord bears 10,000 refused requests in ten minutes; these are 600 at most


@dataclass(frozen=True, slots=True)
class Proposal:
    """A notice that waits for its yes: how many servers it goes to, and in how many the bot may write nowhere."""

    draft_id: str
    text: str
    servers: int
    silent: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Heard:
    """In how many servers a notice arrived, and in how many it did not, as far as anybody knows."""

    arrived: int
    failed: int


def check_notice(text: str) -> None:
    """Raises `BadRequest` where Discord would not take it."""
    if not text.strip():
        raise BadRequest(say("The notice is empty; write something like: restart at 20:00."))
    if units(text) > LONGEST_NOTICE:
        raise BadRequest(
            say("The notice has {length} characters; at most {most} are allowed.",
                length=units(text), most=LONGEST_NOTICE)
        )  # fmt: skip


async def servers(herald: Herald, answers_in: Callable[[int], Awaitable[bool]]) -> tuple[list[int], int]:
    """Those that a notice goes to, and the number of those in which the bot may write nowhere."""
    opened = [guild_id for guild_id in herald.guilds() if await answers_in(guild_id)]
    reached = [guild_id for guild_id in opened if herald.may_speak(guild_id)]
    return reached, len(opened) - len(reached)


def record(notice: Notice) -> str:
    """The notice as the log has it."""
    return cut(f"{len(notice.guild_ids)} servers: {notice.text}", _LONGEST_DETAIL)


async def send(
    herald: Herald, notice: Notice, keep: Callable[[Notice], Awaitable[None]] | None = None
) -> Heard:
    """Say it in one server after the other, each tried once; it takes about a second for each.

    `keep` is told how far it is before each.
    """
    arrived = 0
    for turn in range(notice.turn, len(notice.guild_ids)):
        if turn > notice.turn:
            await asyncio.sleep(_PAUSE_S)
        if keep is not None:
            await keep(replace(notice, turn=turn))
        guild_id = notice.guild_ids[turn]
        try:
            await herald.speak(guild_id, notice.text, f"note-{notice.id}-{turn}")
        except (PostRefused, PostUncertain) as error:
            _log.warning("a notice did not arrive in server %d: %s", guild_id, error.sentence)
        else:
            arrived += 1
    failed = len(notice.guild_ids) - notice.turn - arrived
    _log.info("a notice arrived in %d servers and failed in %d", arrived, failed)
    return Heard(arrived, failed)


class Notices:
    """Every notice is written into the log. Raises `NotAllowed` to all but owners, and `BadRequest`."""

    def __init__(
        self, members: MemberStore, studio: StudioState, log: ActLog, warden: Warden, herald: Herald
    ) -> None:
        self._members, self._studio, self._log = members, studio, log
        self._warden, self._herald = warden, herald
        self._speaking = asyncio.Lock()

    async def propose(self, asker: Asker, text: str) -> Proposal:
        """Keep it until the owner says yes. It goes to no server that the bot is not opened to."""
        demand(asker.actor, Power.OWN)
        check_notice(text)
        reached, silent = await self._servers()
        if not reached:
            raise BadRequest(say("There is no server in which I may write; `/admin check` says why not."))
        draft_id = await self._members.put_draft(asker.user_id, Words(prompt=text))
        return Proposal(draft_id, text, len(reached), silent, len(reached) * _PAUSE_S)

    async def confirm(self, asker: Asker, draft_id: str) -> Notice:
        """The yes, which counts once."""
        demand(asker.actor, Power.OWN)
        words = await self._members.take_draft(draft_id, asker.user_id)
        if words is None:
            raise BadRequest(say("This notice was sent already, or is forgotten; write it anew."))
        reached, _ = await self._servers()
        notice = Notice(draft_id, words.prompt, reached)
        await self._studio.put_notice(notice)
        await self._log.note(asker, ACT, detail=record(notice), guild_id=EVERYWHERE)
        return notice

    async def send(self, notice: Notice) -> Heard:
        """Once those that went before have arrived."""
        async with self._speaking:
            heard = await send(self._herald, notice, self._studio.put_notice)
            await self._studio.drop_notice(notice)
            return heard

    async def left(self) -> list[Notice]:
        """What the last stop of the bot cut off; to be asked before anybody can confirm a new one."""
        return await self._studio.notices()

    async def _servers(self) -> tuple[list[int], int]:
        return await servers(self._herald, self._warden.is_open)
