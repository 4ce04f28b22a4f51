"""Messages of every kind that has buttons, made as members make them."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from bot.playground import Member, Message, Outcome
from bot.stores import PICTURES
from tests.scenario.conftest import PICTURES_S
from tests.scenario.house import direct
from tests.scenario.stage import Stage

PROMPT = "a red fish"


class Kind(StrEnum):
    """Each kind of message that has buttons."""

    WAITING = "waiting"
    DRAWING = "being drawn"
    CANCELLED = "cancelled"
    FAILED = "failed"
    FOUR = "grid of four"
    TWO = "grid of two"
    SINGLE = "single picture"
    SQUARE = "square picture"
    DIRECT = "private picture"
    EXPIRED = "expired file"
    QUESTION = "are all wanted"
    QUEUE = "own requests"
    HISTORY = "history"
    CATALOGUE = "styles"
    SETTINGS = "settings"
    LARGER = "which one to upscale"
    VARIED = "which one to vary"
    START = "which one to start from"


_DRAWN: dict[Kind, dict[str, Any]] = {
    Kind.FOUR: {"count": 4},
    Kind.TWO: {"count": 2},
    Kind.SINGLE: {"count": 1, "aspect": "3:2"},
    Kind.SQUARE: {"count": 1},
    Kind.DIRECT: {"count": 1, "aspect": "2:3", "private": True},
}
_COMMANDS = {
    Kind.QUEUE: "queue",
    Kind.HISTORY: "history",
    Kind.CATALOGUE: "styles",
    Kind.SETTINGS: "settings",
}
_MENUS = {Kind.LARGER: "Upscale", Kind.VARIED: "Vary", Kind.START: "Use as start image"}
_MORE_THAN_A_PAGE = 7


class Props:
    """What Ada, Ben and Max ask for waits; Cleo's requests are drawn, and Nell has settings of her own."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.ada, self.ben, self.max, self.cleo, self.nell = map(
            stage.playground.member, ("ada", "ben", "max", "cleo", "nell")
        )
        self._kept: dict[Kind, Message] = {}

    async def set_up(self) -> None:
        """All that needs drawing and is left as it is by most presses."""
        for kind, options in _DRAWN.items():
            self._kept[kind] = await self._draw(options)
        for _ in range(_MORE_THAN_A_PAGE - len(_DRAWN)):
            await self._draw(_DRAWN[Kind.SQUARE])
        await self.stage.hold(self.ada, self.ben, self.max)
        self._kept[Kind.CANCELLED] = await self._cancelled()
        self._kept[Kind.FAILED] = await self._failed()

    def owner(self, kind: Kind) -> Member:
        """Whose message it is."""
        return {Kind.DRAWING: self.cleo, Kind.SETTINGS: self.nell}.get(kind, self.ada)

    async def message(self, kind: Kind, *, anew: bool = False) -> Message:
        """Of this kind; `anew` where it will be deleted."""
        owner = self.owner(kind)
        if kind in self._kept and not anew:
            return self._kept[kind]
        if kind in _DRAWN:
            return await self._drawn_anew(_DRAWN[kind])
        if kind in _COMMANDS:
            if kind is Kind.QUEUE:
                await self._ask(owner)
            return reply(await owner.command("studio", _COMMANDS[kind]))
        if kind in _MENUS:
            return reply(await owner.use_on(self._kept[Kind.FOUR], _MENUS[kind]))
        if kind is Kind.EXPIRED:
            with self.stage.expired():
                return reply(await owner.click(self._kept[Kind.FOUR], "U1"))
        if kind is Kind.DRAWING:
            await self.rest()
            message = await self._ask(owner, "a long road --steps 50", aspect="256x256")
            return await owner.wait_for(lambda seen: seen is message and "▱" in seen.content, PICTURES_S)
        return await self._ask(owner, "a {red, blue} fish" if kind is Kind.QUESTION else PROMPT)

    async def rest(self) -> None:
        """Nothing is being drawn any more."""
        if await self.stage.parts.stores.queue.active_of_user(self.cleo.user.id):
            await self.cleo.command("studio", "cancel", job="all")

    async def _ask(self, member: Member, prompt: str = PROMPT, **options: Any) -> Message:
        return reply(await member.command("studio", "imagine", prompt=prompt, **options))

    async def _draw(self, options: dict[str, Any]) -> Message:
        if not options.get("private"):
            return await self.stage.draw(self.ada, PROMPT, **options)
        known = direct(self.ada)
        await self._ask(self.ada, f"{PROMPT} --steps 2", **options)
        return await self.ada.wait_for(
            lambda seen: seen in direct(self.ada) and seen not in known and bool(seen.attachments), PICTURES_S
        )

    async def _drawn_anew(self, options: dict[str, Any]) -> Message:
        await self.rest()
        await self.stage.forget(0)
        await self.stage.release(self.ada)
        message = await self._draw(options)
        await self.stage.hold(self.ada)
        return message

    async def _cancelled(self) -> Message:
        message = await self._ask(self.ada)
        await self.ada.click(message, "Cancel")
        return await self.ada.wait_for(lambda seen: seen is message and seen.content.startswith("🚫"))

    async def _failed(self) -> Message:
        """The picture that it starts from is gone when its turn comes."""
        start = self._kept[Kind.SQUARE].attachments[0].data
        message = await self._ask(self.ada, image=start)
        job = await self.stage.answered(message)
        start_file = job.order.drawing.image_sha256 or ""
        (self.stage.parts.folder / PICTURES / start_file[:2] / f"{start_file}.png").unlink()
        await self.stage.release(self.ada)
        await self.ada.wait_for(lambda seen: seen is message and seen.content.startswith("⚠️"), PICTURES_S)
        await self.stage.hold(self.ada)
        return message


def reply(outcome: Outcome) -> Message:
    """The message that answers."""
    assert outcome.reply is not None, outcome.message
    return outcome.reply
