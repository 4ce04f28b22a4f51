"""A house whose channels each do something else about black fish, and the guests who try to see one there."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import CLIPTokenizer

from bot.domain.safety import Safety
from bot.playground import Member, Message, Outcome
from bot.playground.member import Answer
from bot.playground.world import Attachment, Channel
from bot.settings import AdapterSettings, EngineSettings, LimitSettings, StyleSettings, demo_model
from engine.demo import MODEL_FOLDER
from engine.demo.concept import COLOUR, THING
from engine.demo.world import Scene, Subject
from engine.events import Finished
from engine.request import ImageRequest
from tests.demo.drawing import file_of
from tests.demo.routes import a_start
from tests.scenario.admins import channel, new_admin, says, show_to_all
from tests.scenario.conftest import PICTURES_S, has_preview
from tests.scenario.exhibits import Exhibition, are_black_fish
from tests.scenario.house import House, direct, fill_in, opened

CHOSEN = "im2:show:chosen:0"
PLACES = {"studio": Safety.BLOCK, "gallery": Safety.SPOILER, "welcome": Safety.REVIEW}
FREE = "after-dark"
BLACK_FISH, A_FISH, A_HOUSE = "a black fish at the beach", "a fish", "a red house in the snow"
QUICK = "--steps 3"
_AT_WORK = ("⏳", "🎨")
_SEEDS = 64
_TABLE = "embeddings.token_embedding.weight"


@dataclass(frozen=True, slots=True)
class Guest:
    """A member who stays in one place; `ends` is what came of all that they asked for, with these `seeds`."""

    house: House
    member: Member
    place: str
    ends: list[Message] = field(default_factory=list)
    seeds: Random = field(default_factory=lambda: Random(7))

    @property
    def mode(self) -> Safety:
        return PLACES.get(self.place, Safety.OFF)

    async def ask(self, prompt: str = BLACK_FISH, **options: Any) -> Message:
        """Pictures, in three steps unless the prompt says otherwise: the message in the end, whatever came of it."""
        text = prompt if "--steps" in prompt else f"{prompt} {QUICK}"
        said = {"count": 1, "seed": self.seeds.getrandbits(32)} | options
        return await self.run("imagine", prompt=text, **said)

    async def run(self, name: str, /, **options: Any) -> Message:
        return await self.end_of(await self.member.command(self.place, name, **options))

    async def press(self, message: Message, button: str, **answers: Answer) -> Message:
        """The button, and the form that it opens."""
        return await self.end_of(await self.member.click(message, button), **answers)

    async def use_on(self, message: Message, menu: str, **answers: Answer) -> Message:
        return await self.end_of(await self.member.use_on(message, menu), **answers)

    async def end_of(self, outcome: Outcome, **answers: Answer) -> Message:
        """The message that answered, once nothing more will come of it."""
        if outcome.modal:
            outcome = await fill_in(self.member, outcome, answers)
        assert outcome.reply is not None, outcome
        self.ends.append(await self.over(outcome.reply))
        return outcome.reply

    async def over(self, message: Message) -> Message:
        return await self.member.wait_for(lambda each: each is message and is_over(each), PICTURES_S)

    async def choose_all(self, page: Message) -> None:
        """Have everything shown again that a list has to offer."""
        select = page.component(CHOSEN)
        for option in select["options"] if select else []:
            await self.end_of(await self.member.select(page, CHOSEN, option["value"]))

    async def mail(self, job: str = "") -> Message:
        """What came in the direct channel: the end of a request, or the pictures of this job."""
        mail = await self.member.wait_for(
            lambda each: each in direct(self.member) and is_over(each) and (not job or job in names(each)),
            PICTURES_S,
        )
        assert not (mail.attachments and mail.content), mail.content
        self.ends.append(mail)
        return mail


def names(message: Message) -> str:
    """Of its files."""
    return " ".join(file.filename for file in message.attachments)


def is_over(message: Message) -> bool:
    """Whether nothing more comes of it: there are pictures, or a sentence."""
    return not (message.loading or message.content.startswith(_AT_WORK) or has_preview(message))


@dataclass(frozen=True, slots=True)
class Tank:
    """What is in a place: black fish that were drawn while nobody checked; the files of `stale` have expired."""

    keeper: Guest
    single: Message
    wide: Message
    grid: Message
    stale: Message

    @property
    def files(self) -> list[Attachment]:
        return [
            file
            for message in (self.single, self.wide, self.grid, self.stale)
            for file in message.attachments
        ]


class Aquarium:
    """`fill` it, and then `watch`: from then on every place has its mode."""

    def __init__(self, house: House) -> None:
        self.house, self.exhibition = house, Exhibition(house, PLACES | {FREE: Safety.OFF})
        self.tanks: dict[str, Tank] = {}
        self.fish: dict[str, tuple[Guest, Message]] = {}
        self.grids: list[tuple[int, int]] = []
        self.guests: list[Guest] = []
        self.moderator = new_admin(house)
        self.exhibition.introduce(self.moderator.user, Safety.OFF)
        show_to_all(house)

    def guest(self, place: str, number: int = 0) -> Guest:
        """Somebody new there; the number decides their seeds."""
        guest = Guest(self.house, self.house.newcomer(), place, seeds=Random(number))
        self.exhibition.introduce(guest.member.user, guest.mode)
        self.guests.append(guest)
        return guest

    async def fill(self, *places: str) -> None:
        """These places, and the free one, have black fish that were drawn while nobody checked."""
        places = (*places, FREE)
        self.tanks = dict(zip(places, await asyncio.gather(*map(self._tank, places)), strict=True))
        files = [file for tank in self.tanks.values() for file in tank.files]
        assert all(are_black_fish([Image.open(io.BytesIO(file.data)) for file in files]))

    async def watch(self) -> None:
        """From now on every place has its mode, and some files have expired."""
        for tank in self.tanks.values():
            await self._expire(tank.stale)
        for place, mode in PLACES.items():
            await self.set_mode(mode, channel=channel(self.house, place))
        self.exhibition.begin()

    async def set_mode(self, mode: Safety, **scope: Channel) -> None:
        """As an admin does, for a channel or for the whole server."""
        said = await says(self.moderator, "policy set", setting="safety", value=str(mode), **scope)
        assert f"`{mode}`" in said

    async def catch(self) -> None:
        """Every place has a black fish that was drawn in its mode, and shown as that mode allows."""
        guests = [self.guest(place) for place in PLACES]
        caught = await asyncio.gather(*(guest.ask(BLACK_FISH) for guest in guests))
        self.fish = dict(zip(PLACES, zip(guests, caught, strict=True), strict=True))
        self.fish[FREE] = self.tanks[FREE].keeper, self.tanks[FREE].single
        await self.approve(*self.fish["welcome"])

    async def find_grids(self) -> None:
        """The seeds of four pictures of a fish, just one of which is a black fish, and which of them it is."""
        fish: list[bool | None] = []
        while not self.grids and len(fish) < _SEEDS:
            fish += await asyncio.gather(*map(self._is_black, range(len(fish), len(fish) + 8)))
            fours = [fish[seed : seed + 4] for seed in range(len(fish) - 3)]
            self.grids = [
                (seed, four.index(True))
                for seed, four in enumerate(fours)
                if None not in four and four.count(True) == 1
            ]
        assert self.grids, fish

    async def decide(self, message: Message, *, approved: bool) -> str:
        """A moderator's word on what is held; what they are told."""
        job = self.job_of(message)
        if approved:
            self.exhibition.approved.add(job)
        act = "approve" if approved else "reject"
        return await says(self.moderator, f"review {act}", item=f"h:{job}")

    async def approve(self, guest: Guest, message: Message) -> None:
        """A moderator lets what is held be shown."""
        assert "Show them" in await self.decide(message, approved=True)
        await guest.member.wait_for(lambda each: each is message and bool(each.attachments), PICTURES_S)

    async def messages_of(self, guest: Guest, count: int) -> list[Message]:
        """Those of all requests of theirs, as soon as there are so many."""
        query = "SELECT placeholder_message_id FROM job WHERE user_id = ? AND placeholder_message_id > 0"
        async with asyncio.timeout(PICTURES_S):
            while len(rows := self.house.rows(query, guest.member.user.id)) < count:
                await asyncio.sleep(0.05)
        found = [self.house.playground.world.message(number) for (number,) in rows]
        return [message for message in found if message is not None]

    def job_of(self, message: Message) -> str:
        """The job whose own message this is."""
        ((job,),) = self.house.rows("SELECT id FROM job WHERE placeholder_message_id = ?", message.id)
        return str(job)

    async def _tank(self, place: str) -> Tank:
        keeper = self.guest(place)
        asked: list[dict[str, Any]] = [
            {"seed": 5}, {"seed": 5, "aspect": "152x128"}, {"seed": 5, "count": 2}, {"seed": 50},
        ]  # fmt: skip
        tank = Tank(keeper, *await asyncio.gather(*(keeper.ask(**each) for each in asked)))
        await keeper.press(tank.single, "❤️")
        return tank

    async def _expire(self, message: Message) -> None:
        """The files of its pictures are gone."""
        for picture in await self.house.parts.stores.queue.pictures(self.job_of(message)):
            found = await self.house.parts.stores.pictures.find([picture.sha256])
            await self.house.parts.stores.pictures.delete(found)

    async def _is_black(self, seed: int) -> bool | None:
        """Whether it is a black fish that this seed makes of a fish, where the judge and the checker agree."""
        demo = demo_model()
        request = ImageRequest(
            id=f"seed-{seed}",
            model=demo.name,
            prompt=A_FISH,
            seed=seed,
            width=demo.width,
            height=demo.height,
            steps=3,
            guidance=demo.guidance,
            check=True,
        )
        end = [event async for event in self.house.parts.engine.submit(request)][-1]
        assert isinstance(end, Finished), end
        picture = Image.frombytes("RGB", (end.picture.width, end.picture.height), end.picture.rgb)
        (black,) = are_black_fish([picture])
        return black if black == end.flagged else None


@asynccontextmanager
async def aquarium(folder: Path, **changes: Any) -> AsyncIterator[Aquarium]:
    """Its model knows a word, a style and a wildcard that are black fish, too; nothing is in it yet."""
    (folder / "animal.txt").write_text("black fish\n", encoding="utf-8")
    settings = {
        "engine": EngineSettings(threads=1, mode="fast", preview_every=1),
        "limits": LimitSettings(live_per_member=4, queue_per_member=50),
        "adapters": (AdapterSettings(name="darkfin", file=_save_word(folder), kind="embedding"),),
        "styles": (StyleSettings(name="deep", prompt="a black fish, {prompt}"),),
        "wildcards": folder,
        "policy": {"safety": "block"},
    }
    async with opened(folder, **settings | changes) as house:
        pond = Aquarium(house)
        await pond.set_mode(Safety.OFF)
        yield pond
        pond.exhibition.check_complete()


Route = Callable[[Aquarium, Guest, Random], Awaitable[None]]


def a_fish() -> bytes:
    """Somebody's picture of a black fish."""
    return file_of(a_start(Subject(THING, COLOUR, Scene.SNOW), Random(3)))


def _save_word(folder: Path) -> Path:
    """An embedding of two vectors: those of the words `black` and `fish`."""
    tokenizer = CLIPTokenizer.from_pretrained(MODEL_FOLDER / "tokenizer")
    ids = tokenizer("black fish", add_special_tokens=False).input_ids
    table = load_file(MODEL_FOLDER / "text_encoder" / "model.safetensors")[_TABLE]
    save_file({"emb_params": table[ids].float().contiguous()}, folder / "darkfin.safetensors")
    return folder / "darkfin.safetensors"
