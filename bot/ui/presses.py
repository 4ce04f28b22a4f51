"""Every press and every form: what its custom_id asks for, or a sentence when nothing knows it any more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from bot.domain.canvas import Direction
from bot.domain.job import Origin
from bot.domain.syntax import render
from bot.domain.words import Words
from bot.errors import BadRequest
from bot.service.album import Album
from bot.service.asker import Spot
from bot.service.members import Members
from bot.service.retouching import Retouching
from bot.ui import modals
from bot.ui.answers import Interaction, asker, chosen, guard, locale_of
from bot.ui.custom_ids import Action, Press, parse
from bot.ui.gallery import GalleryDesk
from bot.ui.panels import PanelDesk
from bot.ui.requests import RequestDesk
from engine.request import UPSCALE_FACTORS
from engine.sentence import say

Handler = Callable[[Interaction, Press], Awaitable[None]]
_OTHER_VERSION = say("This button is from another version of Atelier; start anew with `/imagine`.")


class Switchboard:
    """`press` and `submit` each answer every interaction that reaches them."""

    def __init__(
        self,
        retouching: Retouching,
        album: Album,
        members: Members,
        requests: RequestDesk,
        gallery: GalleryDesk,
        panels: PanelDesk,
    ) -> None:
        self._retouching, self._album, self._members = retouching, album, members
        self._requests, self._gallery, self._panels = requests, gallery, panels
        self._presses = self._press_handlers()
        self._forms = self._form_handlers()

    async def press(self, interaction: Interaction, custom_id: str) -> None:
        """A button or a select."""
        await self._route(interaction, custom_id, self._presses)

    async def submit(self, interaction: Interaction, custom_id: str) -> None:
        """A form that was filled in."""
        await self._route(interaction, custom_id, self._forms)

    async def _route(self, interaction: Interaction, custom_id: str, table: Mapping[Action, Handler]) -> None:
        async def work() -> None:
            press = parse(custom_id)
            handler = table.get(press.action) if press else None
            if press is None or handler is None:
                raise BadRequest(_OTHER_VERSION)
            await handler(interaction, press)

        await guard(interaction, work)

    def _press_handlers(self) -> Mapping[Action, Handler]:
        gallery, panels, requests = self._gallery, self._panels, self._requests
        return {
            Action.CANCEL: lambda interaction, press: requests.cancel(
                interaction, (chosen(interaction) or [press.subject])[0]
            ),
            Action.CONFIRM: lambda interaction, press: requests.confirm(interaction, press.subject),
            Action.DISCARD: lambda interaction, _: requests.discard(interaction),
            Action.REROLL: self._reroll,
            Action.REDRAW: self._redraw,
            Action.VARY_SUBTLE: self._vary,
            Action.VARY_STRONG: self._vary,
            Action.ZOOM: self._zoom,
            Action.SQUARE: self._square,
            Action.PAN: self._pan,
            Action.UPSCALE: self._upscale,
            Action.REGION: self._open_region,
            Action.CUSTOM_ZOOM: self._open_zoom,
            Action.TWEAK: self._open_tweak,
            Action.REMIX: self._open_remix,
            Action.START: self._open_start,
            Action.PICK: gallery.pick,
            Action.FAVOURITE: gallery.favourite,
            Action.COPY: gallery.copy,
            Action.SEND: gallery.send,
            Action.DELETE: gallery.delete,
            Action.SHOW: gallery.show_chosen,
            Action.PAGE: panels.turn,
            Action.SETTING: panels.set,
        }

    def _form_handlers(self) -> Mapping[Action, Handler]:
        return {
            Action.REMIX: self._remixed,
            Action.TWEAK: self._tweaked,
            Action.VARY_SUBTLE: self._varied,
            Action.VARY_STRONG: self._varied,
            Action.ZOOM: self._zoomed,
            Action.CUSTOM_ZOOM: self._zoomed,
            Action.REGION: self._region,
            Action.START: self._started,
            Action.UPLOADED: self._started_from_upload,
            Action.REPORT: self._gallery.reported,
        }

    async def _reroll(self, interaction: Interaction, press: Press) -> None:
        await self._requests.begin(
            interaction, await self._retouching.reroll(asker(interaction), press.subject)
        )

    async def _redraw(self, interaction: Interaction, press: Press) -> None:
        await self._requests.begin(
            interaction, await self._retouching.redraw(asker(interaction), press.subject)
        )

    async def _vary(self, interaction: Interaction, press: Press) -> None:
        if not await self._remixing(interaction, press):
            submitted = await self._retouching.vary(asker(interaction), _spot(press), Origin(press.action))
            await self._requests.begin(interaction, submitted)

    async def _varied(self, interaction: Interaction, press: Press) -> None:
        change = modals.filled(interaction).words()
        origin = Origin(press.action)
        submitted = await self._retouching.vary(asker(interaction), _spot(press), origin, change)
        await self._requests.begin(interaction, submitted)

    async def _zoom(self, interaction: Interaction, press: Press) -> None:
        if not await self._remixing(interaction, press):
            await self._zoom_out(interaction, press, _number(press.extra), None)

    async def _zoomed(self, interaction: Interaction, press: Press) -> None:
        form = modals.filled(interaction)
        factor = form.number("factor", say("Zoom out by"), 1.05, 2) or _number(press.extra)
        await self._zoom_out(interaction, press, factor, form.words())

    async def _zoom_out(
        self, interaction: Interaction, press: Press, factor: float, change: Words | None
    ) -> None:
        submitted = await self._retouching.zoom(asker(interaction), _spot(press), factor, change)
        await self._requests.begin(interaction, submitted)

    async def _square(self, interaction: Interaction, press: Press) -> None:
        await self._requests.begin(
            interaction, await self._retouching.square(asker(interaction), _spot(press))
        )

    async def _pan(self, interaction: Interaction, press: Press) -> None:
        if press.extra not in set(Direction):
            raise BadRequest(_OTHER_VERSION)
        submitted = await self._retouching.pan(asker(interaction), _spot(press), Direction(press.extra))
        await self._requests.begin(interaction, submitted)

    async def _upscale(self, interaction: Interaction, press: Press) -> None:
        if press.extra not in map(str, UPSCALE_FACTORS):
            raise BadRequest(_OTHER_VERSION)
        submitted = await self._retouching.upscale(asker(interaction), _spot(press), int(press.extra))
        await self._requests.begin(interaction, submitted)

    async def _remixing(self, interaction: Interaction, press: Press) -> bool:
        """With remix on, a press asks for words first."""
        if not (await self._members.preferences(interaction.user.id)).remix:
            return False
        await self._open_remix(interaction, press)
        return True

    async def _open_remix(self, interaction: Interaction, press: Press) -> None:
        job = await self._album.job(asker(interaction), press.subject)
        from_picture = press.action is not Action.REMIX
        form = modals.remix(press, job.order.drawing, locale_of(interaction), picture=from_picture)
        await interaction.response.send_modal(form)

    async def _open_region(self, interaction: Interaction, press: Press) -> None:
        job = await self._album.job(asker(interaction), press.subject)
        await interaction.response.send_modal(modals.region(press, job.order.drawing, locale_of(interaction)))

    async def _open_zoom(self, interaction: Interaction, press: Press) -> None:
        job = await self._album.job(asker(interaction), press.subject)
        await interaction.response.send_modal(
            modals.custom_zoom(press, job.order.drawing, locale_of(interaction))
        )

    async def _open_tweak(self, interaction: Interaction, press: Press) -> None:
        job = await self._album.job(asker(interaction), press.subject)
        drawing, locale = job.order.drawing, locale_of(interaction)
        choices = self._panels.tweaks(drawing, locale)
        await interaction.response.send_modal(modals.tweak(press, drawing, choices, locale))

    async def _open_start(self, interaction: Interaction, press: Press) -> None:
        job = await self._album.job(asker(interaction), press.subject)
        prompt = job.order.drawing.prompt
        await interaction.response.send_modal(modals.start(press, prompt, locale_of(interaction)))

    async def _remixed(self, interaction: Interaction, press: Press) -> None:
        change = modals.filled(interaction).words()
        submitted = await self._retouching.reroll(asker(interaction), press.subject, change)
        await self._requests.begin(interaction, submitted)

    async def _tweaked(self, interaction: Interaction, press: Press) -> None:
        job = await self._album.job(asker(interaction), press.subject)
        change = modals.filled(interaction).words()
        change = replace(change, prompt=f"{render(Words(prompt=job.order.drawing.prompt))} {change.prompt}")
        submitted = await self._retouching.reroll(asker(interaction), press.subject, change)
        await self._requests.begin(interaction, submitted)

    async def _region(self, interaction: Interaction, press: Press) -> None:
        form = modals.filled(interaction)
        cells = [int(number) for number in form.values.get("cells", []) if number.isdigit()]
        mask = None
        if "mask" in form.files:
            _, cell = await self._album.show_one(asker(interaction), _spot(press))
            mask = await self._requests.keep_mask(form.files["mask"], cell.stored.width, cell.stored.height)
        submitted = await self._retouching.region(asker(interaction), _spot(press), cells, mask, form.words())
        await self._requests.begin(interaction, submitted)

    async def _started(self, interaction: Interaction, press: Press) -> None:
        """A new request from a picture of ours."""
        _, cell = await self._album.show_one(asker(interaction), _spot(press))
        words = replace(modals.filled(interaction).words(), image_sha256=cell.stored.sha256)
        await self._requests.imagine(interaction, words)

    async def _started_from_upload(self, interaction: Interaction, press: Press) -> None:
        """A new request from somebody's picture, which was kept when the form was opened."""
        words = replace(modals.filled(interaction).words(), image_sha256=press.subject)
        await self._requests.imagine(interaction, words)


def _spot(press: Press) -> Spot:
    return Spot(press.subject, press.cell)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadRequest(_OTHER_VERSION) from None
