"""At the desk for admins: who is shut out, quotas, the order of the queue, and whether all is well in a server."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence

import discord

from bot.domain.job import Halt, Job
from bot.domain.spans import seconds_of
from bot.errors import AtelierError, BadRequest
from bot.service.administration import Administration, Checker, Health
from bot.service.policies import Policies
from bot.ui import buttons, policy_pages, standing
from bot.ui.answers import Interaction, asker, locale_of, think, update, whisper
from bot.ui.buttons import Key
from bot.ui.commands.choices import Choices, matching
from bot.ui.custom_ids import Action, Press
from bot.ui.languages import translate
from bot.ui.standing import moment
from engine.sentence import Sentence, say

_log = logging.getLogger(__name__)
_PERMISSIONS = {
    "view_channel": say("View Channel"),
    "send_messages": say("Send Messages"),
    "embed_links": say("Embed Links"),
    "attach_files": say("Attach Files"),
    "read_message_history": say("Read Message History"),
}
_HALTS: Mapping[Halt | None, Sentence] = {
    Halt.PAUSED: say("⏸️ Nothing of this server is drawn until `/admin queue resume`."),
    Halt.DRAINING: say("⏬ What waits is drawn, and nothing new is taken until `/admin queue resume`."),
    None: say("▶️ The queue of this server runs."),
}
_CHECKERS: Mapping[Checker, Sentence] = {
    Checker.WORKS: say("✅ There is a safety checker, and it works."),
    Checker.NOT_FETCHED: say(
        "✅ There is a safety checker; it is fetched when the first picture is checked."
    ),
    Checker.NOT_NAMED: say(
        "⚠️ There is no safety checker, so pictures cannot be checked; the bot's owner can name one."
    ),
    Checker.BUSY: say("⚠️ The engine is too busy to try the safety checker; ask again in a minute."),
}
_MOST_CHANNELS = 20  # that one line names


class AdminDesk:
    """Seen by the admin alone; whoever calls guards. `needed` are the permissions without which nothing works."""

    def __init__(
        self, administration: Administration, policies: Policies, needed: discord.Permissions
    ) -> None:
        self._administration, self._policies, self._needed = administration, policies, needed

    # Members

    async def block(
        self, interaction: Interaction, user_id: int, length: str | None, reason: str, *, everywhere: bool
    ) -> None:
        """For good, or for a length such as `2h`."""
        await think(interaction)
        seconds = None if length is None else seconds_of(length)
        until = await self._administration.block(
            asker(interaction), user_id, seconds, reason, everywhere=everywhere
        )
        end = say("for good") if until is None else say("until {time}", time=moment(until))
        sentence = say("🚫 {member} is blocked {end}. What they had waiting is cancelled.",
                       member=f"<@{user_id}>", end=end)  # fmt: skip
        await whisper(interaction, sentence)

    async def unblock(self, interaction: Interaction, user_id: int, *, everywhere: bool) -> None:
        await self._administration.unblock(asker(interaction), user_id, everywhere=everywhere)
        await whisper(interaction, say("{member} may draw again.", member=f"<@{user_id}>"))

    async def quota(self, interaction: Interaction, user_id: int) -> None:
        """What a member has used, here where the question is asked."""
        await think(interaction)
        await whisper(interaction, "", embed=await self._used(interaction, user_id))

    async def grant(self, interaction: Interaction, user_id: int, requests: int, seconds: int) -> None:
        await think(interaction)
        await self._administration.grant(asker(interaction), user_id, requests, seconds)
        note = say("🎁 More for this hour and this day: {requests} requests, {seconds} seconds of the GPU.",
                   requests=requests, seconds=seconds)  # fmt: skip
        await self._changed(interaction, user_id, note)

    async def reset_quota(self, interaction: Interaction, user_id: int) -> None:
        await think(interaction)
        await self._administration.reset_quota(asker(interaction), user_id)
        await self._changed(interaction, user_id, say("What was used today counts no more."))

    async def _changed(self, interaction: Interaction, user_id: int, note: Sentence) -> None:
        """What was done is said even where nobody can tell now what comes of it."""
        try:
            embed = await self._used(interaction, user_id)
        except AtelierError as error:
            _log.info("a member's quota cannot be shown: %s", error.sentence)
            embed = None
        await whisper(interaction, note, embed=embed)

    async def _used(self, interaction: Interaction, user_id: int) -> discord.Embed:
        who, locale = asker(interaction), locale_of(interaction)
        explained = await self._policies.explain(who, user_id, who.place)
        used = standing.used(explained.standing.rules, explained.usage, explained.windows)
        return policy_pages.sheet([f"<@{user_id}>", *(f"- {translate(line, locale)}" for line in used)])

    # Queue

    async def halt(self, interaction: Interaction, halt: Halt | None) -> None:
        await self._administration.halt(asker(interaction), halt)
        await whisper(interaction, _HALTS[halt])

    async def ask_clear(self, interaction: Interaction) -> None:
        """Whether all that waits shall go."""
        count = len(await self._administration.waiting(asker(interaction)))
        if not count:
            raise BadRequest(say("Nothing waits in this server."))
        question = say("Waiting requests of this server that will be cancelled: {count}. Do it?", count=count)
        keys = [
            Key(Press(Action.CLEAR, "queue"), say("Cancel them all"), "🧹", discord.ButtonStyle.danger),
            Key(Press(Action.DISCARD, "admin"), say("Never mind")),
        ]
        await whisper(interaction, question, buttons.rows([keys], locale_of(interaction)))

    async def clear(self, interaction: Interaction, _press: Press) -> None:
        """The yes to that."""
        count = await self._administration.clear(asker(interaction))
        await update(interaction, say("Requests that were cancelled: {count}.", count=count))

    async def move(self, interaction: Interaction, job_id: str, *, first: bool) -> None:
        await self._administration.move(asker(interaction), job_id.strip().lower(), first=first)
        await whisper(
            interaction,
            say("It is drawn before all that waits in this server.")
            if first
            else say("It is drawn when all else that waits in this server is done."),
        )

    async def offer_waiting(self, interaction: Interaction, typed: str) -> Choices:
        """What waits in this server, for those who may know."""
        try:
            jobs = await self._administration.waiting(asker(interaction))
        except AtelierError:
            return []
        locale = locale_of(interaction)
        return matching([(f"{job.id} · {_words(job, locale)}", job.id) for job in jobs], typed)

    # All is well

    async def check(self, interaction: Interaction) -> None:
        """The permissions in each channel, the safety checker, and the queue."""
        await think(interaction)  # the checker may have to be loaded
        health = await self._administration.health(asker(interaction))
        if interaction.guild is None:
            raise BadRequest(say("I cannot see this server now; try again in a minute."))
        locale = locale_of(interaction)
        lines = [*self._rights(interaction.guild, locale), *_state(health, locale)]
        await whisper(interaction, "", embed=policy_pages.sheet(lines))

    def _rights(self, guild: discord.Guild, locale: str) -> list[str]:
        """What is missing, and the channels where it is."""
        missing: dict[tuple[str, ...], list[str]] = defaultdict(list)
        channels: list[discord.TextChannel | discord.ForumChannel] = [*guild.text_channels, *guild.forums]
        for channel in channels:
            held = channel.permissions_for(guild.me)
            lacking = tuple(
                name for name in _PERMISSIONS if getattr(self._needed, name) and not getattr(held, name)
            )
            if lacking:
                missing[lacking].append(channel.mention)
        if not missing:
            return [f"✅ {translate(say('I have every permission that I need, in every channel.'), locale)}"]
        return [_lacking(names, channels, locale) for names, channels in missing.items()]


def _lacking(names: Sequence[str], channels: Sequence[str], locale: str) -> str:
    where = " ".join(channels[:_MOST_CHANNELS])
    if len(channels) > _MOST_CHANNELS:
        where += translate(say(" and {count} more", count=len(channels) - _MOST_CHANNELS), locale)
    if "view_channel" in names:
        sentence = say("I do not see {channels}; that is fine where nobody is to draw.", channels=where)
        return f"🙈 {translate(sentence, locale)}"
    labels = ", ".join(f"**{translate(_PERMISSIONS[name], locale)}**" for name in names)
    return f"⚠️ {translate(say('I need {rights} in {channels}', rights=labels, channels=where), locale)}"


def _state(health: Health, locale: str) -> list[str]:
    waiting = say("Waiting in this server: {count}.", count=health.waiting)
    lines = [translate(line, locale) for line in (_checker(health, locale), _HALTS[health.halt], waiting)]
    return lines if health.closed is None else [*lines, f"🌙 {translate(health.closed.why, locale)}"]


def _checker(health: Health, locale: str) -> Sentence:
    if health.checker is Checker.BROKEN:
        return say(
            "⚠️ The safety checker cannot be used, so nothing is drawn where pictures are to be checked. {reason}",
            reason=translate(health.reason, locale),
        )
    return _CHECKERS[health.checker]


def _words(job: Job, locale: str) -> str:
    """A private request is known to who asked for it alone."""
    return translate(say("a private request"), locale) if job.order.private else job.order.drawing.prompt
