"""Every press and every form: what its custom_id asks for, or a sentence when nothing knows it any more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from discord.ui import Modal

from bot.domain.canvas import Direction
from bot.domain.drawing import Drawing
from bot.domain.job import Origin
from bot.domain.policy import actors as policy
from bot.domain.syntax import render
from bot.domain.words import Words
from bot.errors import BadRequest
from bot.service.album import Album
from bot.service.asker import Submitted
from bot.service.members import Members
from bot.service.retouching import Retouching
from bot.ui import modals
from bot.ui.admin_room import AdminRoom, Handler
from bot.ui.answers import Interaction, asker, chosen, guard, locale_of
from bot.ui.custom_ids import Action, Press, parse
from bot.ui.gallery import GalleryDesk
from bot.ui.panels import PanelDesk
from bot.ui.privacy import PrivacyDesk
from bot.ui.requests import RequestDesk
from bot.ui.reviews import ReviewDesk
from bot.ui.stewardship import StewardDesk
from engine.request import UPSCALE_FACTORS
from engine.sentence import say

Maker = Callable[[Interaction, Press], Awaitable[Submitted]]
Form = Callable[[Press, Drawing, str], Modal]
_OTHER_VERSION = say("This button is from another version of Atelier; start anew with `/imagine`.")
_FROM_WORDS = {Action.REMIX, Action.TWEAK}  # the other forms need the picture's file
_ASKED = {  # by each form
    Action.REGION: policy.Action.REGION,
    Action.CUSTOM_ZOOM: policy.Action.ZOOM,
    Action.ZOOM: policy.Action.ZOOM,
    Action.VARY_SUBTLE: policy.Action.VARY,
    Action.VARY_STRONG: policy.Action.VARY,
    Action.REMIX: policy.Action.REMIX,
    Action.TWEAK: policy.Action.REMIX,
    Action.START: policy.Action.SHOW,
}


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
        reviews: ReviewDesk,
        privacy: PrivacyDesk,
        admin: AdminRoom,
        steward: StewardDesk,
    ) -> None:
        self._retouching, self._album, self._members = retouching, album, members
        self._requests, self._gallery, self._panels = requests, gallery, panels
        self._reviews, self._privacy, self._admin, self._steward = reviews, privacy, admin, steward
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
            Action.REROLL: self._making(self._reroll),
            Action.REDRAW: self._making(self._redraw),
            Action.VARY_SUBTLE: self._remixing(self._vary),
            Action.VARY_STRONG: self._remixing(self._vary),
            Action.ZOOM: self._remixing(self._zoom),
            Action.SQUARE: self._making(self._square),
            Action.PAN: self._making(self._pan),
            Action.UPSCALE: self._making(self._upscale),
            Action.REGION: self._opening(modals.region),
            Action.CUSTOM_ZOOM: self._opening(modals.custom_zoom),
            Action.TWEAK: self._opening(self._tweak_form),
            Action.REMIX: self._opening(modals.remix),
            Action.START: self._opening(
                lambda press, drawing, locale: modals.start(press, drawing.prompt, locale)
            ),
            Action.PICK: gallery.pick,
            Action.FAVOURITE: gallery.favourite,
            Action.COPY: gallery.copy,
            Action.SEND: gallery.send,
            Action.DELETE: gallery.delete,
            Action.SHOW: gallery.show_chosen,
            Action.PAGE: panels.turn,
            Action.SETTING: panels.set,
            Action.REVIEW: self._reviews.turn,
            Action.APPROVE: self._reviews.decide,
            Action.REJECT: self._reviews.decide,
            Action.FORGET: self._privacy.forget,
            Action.ANNOUNCE: self._steward.announced,
            **self._admin.presses(),
        }

    def _form_handlers(self) -> Mapping[Action, Handler]:
        return {
            Action.REMIX: self._making(self._remixed),
            Action.TWEAK: self._making(self._tweaked),
            Action.VARY_SUBTLE: self._making(self._varied),
            Action.VARY_STRONG: self._making(self._varied),
            Action.ZOOM: self._making(self._zoomed),
            Action.CUSTOM_ZOOM: self._making(self._zoomed),
            Action.REGION: self._making(self._region),
            Action.START: self._started,
            Action.UPLOADED: self._started_from_upload,
            Action.REPORT: self._gallery.reported,
            **self._admin.forms(),
        }

    def _making(self, maker: Maker) -> Handler:
        """It makes a job, whose message is the answer."""

        async def handle(interaction: Interaction, press: Press) -> None:
            await self._requests.begin(interaction, await maker(interaction, press))

        return handle

    def _remixing(self, maker: Maker) -> Handler:
        """The same, but with remix on it asks for words first."""
        make, ask = self._making(maker), self._opening(modals.remix)

        async def handle(interaction: Interaction, press: Press) -> None:
            remix = (await self._members.preferences(interaction.user.id)).remix
            await (ask if remix else make)(interaction, press)

        return handle

    def _opening(self, form: Form) -> Handler:
        """It opens a form about a job, or about a picture whose file is there."""

        async def handle(interaction: Interaction, press: Press) -> None:
            find = self._album.job if press.action in _FROM_WORDS else self._album.job_of_picture
            job = await find(asker(interaction), press.spot, _ASKED[press.action])
            await interaction.response.send_modal(form(press, job.order.drawing, locale_of(interaction)))

        return handle

    def _tweak_form(self, press: Press, drawing: Drawing, locale: str) -> Modal:
        return modals.tweak(press, drawing, self._panels.tweaks(drawing, locale), locale)

    async def _reroll(self, interaction: Interaction, press: Press) -> Submitted:
        return await self._retouching.reroll(asker(interaction), press.subject)

    async def _redraw(self, interaction: Interaction, press: Press) -> Submitted:
        return await self._retouching.redraw(asker(interaction), press.subject)

    async def _vary(self, interaction: Interaction, press: Press) -> Submitted:
        return await self._retouching.vary(asker(interaction), press.spot, Origin(press.action))

    async def _varied(self, interaction: Interaction, press: Press) -> Submitted:
        change = modals.filled(interaction).words()
        return await self._retouching.vary(asker(interaction), press.spot, Origin(press.action), change)

    async def _zoom(self, interaction: Interaction, press: Press) -> Submitted:
        return await self._retouching.zoom(asker(interaction), press.spot, _number(press.extra))

    async def _zoomed(self, interaction: Interaction, press: Press) -> Submitted:
        form = modals.filled(interaction)
        factor = form.number("factor", say("Zoom out by"), 1.05, 2) or _number(press.extra)
        return await self._retouching.zoom(asker(interaction), press.spot, factor, form.words())

    async def _square(self, interaction: Interaction, press: Press) -> Submitted:
        return await self._retouching.square(asker(interaction), press.spot)

    async def _pan(self, interaction: Interaction, press: Press) -> Submitted:
        if press.extra not in set(Direction):
            raise BadRequest(_OTHER_VERSION)
        return await self._retouching.pan(asker(interaction), press.spot, Direction(press.extra))

    async def _upscale(self, interaction: Interaction, press: Press) -> Submitted:
        if press.extra not in map(str, UPSCALE_FACTORS):
            raise BadRequest(_OTHER_VERSION)
        return await self._retouching.upscale(asker(interaction), press.spot, int(press.extra))

    async def _remixed(self, interaction: Interaction, press: Press) -> Submitted:
        change = modals.filled(interaction).words()
        return await self._retouching.reroll(asker(interaction), press.subject, change)

    async def _tweaked(self, interaction: Interaction, press: Press) -> Submitted:
        job = await self._album.job(asker(interaction), press.spot, policy.Action.REMIX)
        change = modals.filled(interaction).words()
        change = replace(change, prompt=f"{render(Words(prompt=job.order.drawing.prompt))} {change.prompt}")
        return await self._retouching.reroll(asker(interaction), press.subject, change)

    async def _region(self, interaction: Interaction, press: Press) -> Submitted:
        form = modals.filled(interaction)
        cells = [int(number) for number in form.values.get("cells", []) if number.isdigit()]
        mask = None
        if "mask" in form.files:
            picture = await self._album.picture(asker(interaction), press.spot, policy.Action.REGION)
            mask = await self._requests.keep_mask(form.files["mask"], picture.width, picture.height)
        return await self._retouching.region(asker(interaction), press.spot, cells, mask, form.words())

    async def _started(self, interaction: Interaction, press: Press) -> None:
        """A new request from a picture of ours."""
        picture = await self._album.picture(asker(interaction), press.spot, policy.Action.SHOW)
        words = replace(modals.filled(interaction).words(), image_sha256=picture.sha256)
        await self._requests.imagine(interaction, words)

    async def _started_from_upload(self, interaction: Interaction, press: Press) -> None:
        """A new request from somebody's picture, which was kept when the form was opened."""
        words = replace(modals.filled(interaction).words(), image_sha256=press.subject)
        await self._requests.imagine(interaction, words)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadRequest(_OTHER_VERSION) from None
