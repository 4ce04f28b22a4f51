"""Everything one playground consists of, put together once and handed to those who serve it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.playground.board import Board
from bot.playground.cdn import Cdn
from bot.playground.clock import Clock
from bot.playground.default_world import default_world
from bot.playground.endpoints import Endpoints
from bot.playground.faults import Faults
from bot.playground.feed import Change, Feed, News
from bot.playground.gateway import Gateway
from bot.playground.interactions import Interaction, Interactions
from bot.playground.limits import Limits
from bot.playground.record import Record
from bot.playground.render import guild_create_json, self_json
from bot.playground.session import Intent, Session
from bot.playground.snowflake import SnowflakeFactory
from bot.playground.wire import Json
from bot.playground.world import Attachment, Message

NO_ANSWER = "The application did not respond"


class Status(StrEnum):
    """How an interaction went, as the page hears it."""

    ACKNOWLEDGED = "acknowledged"
    FAILED = "failed"
    MODAL = "modal"
    AUTOCOMPLETE = "autocomplete"


@dataclass(frozen=True, slots=True)
class OpenModal:
    """A modal on a member's screen and the interaction that opened it."""

    modal: Json
    opener: Interaction


class Core:
    """The parts and the few things that need several of them."""

    def __init__(self, token: str, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.new_id = SnowflakeFactory(self.clock)
        self.world = default_world(self.clock, self.new_id, token)
        self.feed = Feed()
        self.cdn = Cdn(self.clock, self.world)
        self.gateway = Gateway(self.clock, self.world.application, self._opening, self.announce_state)
        self.board = Board(self.world, self.new_id, self.clock, self.cdn, self.gateway, self.feed)
        self.interactions = Interactions(self.clock, self.new_id, self._not_answered)
        self.limits = Limits(self.clock)
        self.faults = Faults()
        self.record = Record()
        self.uploads: dict[int, Attachment] = {}
        self.modals: dict[tuple[int, str], OpenModal] = {}
        self.nonces: dict[tuple[int, str], Message] = {}
        self.command_creates: list[float] = []
        self.endpoints = Endpoints("", "", "")

    def settle(self, endpoints: Endpoints) -> None:
        """Learn the addresses under which all this is reachable."""
        self.endpoints = endpoints
        self.cdn.base = endpoints.cdn

    def announce_state(self) -> None:
        """Tell every watching member that commands, channels or the bot's presence changed."""
        for member_id in self.feed.watching():
            self.feed.publish(News(Change.STATE, {}), {member_id})

    def report(self, interaction: Interaction, status: Status, **extra: object) -> None:
        """Tell the member who started an interaction how it went."""
        body = {"nonce": interaction.nonce, "status": str(status), **extra}
        self.feed.publish(News(Change.INTERACTION_UPDATE, body), {interaction.user.id})

    def _not_answered(self, interaction: Interaction) -> None:
        self.report(interaction, Status.FAILED, message=NO_ANSWER)

    def _opening(self, session: Session) -> list[tuple[str, Json]]:
        """READY, then the guild."""
        world, guild = self.world, self.world.guild
        inside = session.wants(guild.id, Intent.GUILDS) and world.application.bot.id in guild.members
        ready: Json = {
            "v": 10,
            "user": self_json(world.application.bot),
            "guilds": [{"id": str(guild.id), "unavailable": True}] if inside else [],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": self.endpoints.gateway,
            "shard": list(session.shard),
            "application": {"id": str(world.application.id), "flags": 0},
        }
        return [("READY", ready), *([("GUILD_CREATE", guild_create_json(world))] if inside else [])]
