"""Every file that members were ever shown at a playground, edited away or not, and which of them are black fish."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from PIL import Image

from bot.domain.safety import Safety
from bot.playground import Message, User
from bot.playground.feed import News
from bot.playground.world import Attachment, Channel
from engine.demo import judge
from engine.demo.concept import COLOUR, THING
from engine.demo.world import COLOURS, THINGS
from tests.scenario.house import House, job_id

CLEARLY = 0.9
"""The judge's chances that it is a fish, times those that it is black, from which on a picture is a black fish."""
_NAMED = re.compile(r"(?:SPOILER_)?(?P<job>[a-z2-7]{10})-.*")
_THUMBNAILS, _PREVIEW, _HIDDEN = "page.webp", "preview.", "SPOILER_"
_GAP, _THUMBNAIL = 6, 166  # pixels on a sheet
_BATCH = 64


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A file of the bot's in a message, as it was when it came there; `viewer` is who alone saw it, if anybody.

    `jobs` are those whose pictures it shows, in their order where it is a list's sheet; of these were `approved` then.
    """

    number: int
    name: str
    data: bytes
    mode: Safety
    viewer: int | None
    jobs: tuple[str, ...]
    approved: frozenset[str]

    @property
    def hidden(self) -> bool:
        return self.name.startswith(_HIDDEN)

    @property
    def painted(self) -> bool:
        """Whether it is a picture at all."""
        return self.name.endswith((".png", ".webp", ".jpeg"))

    @property
    def previewed(self) -> bool:
        """Whether it is what was drawn so far."""
        return self.name.removeprefix(_HIDDEN).startswith(_PREVIEW)

    def pictures(self, counts: Mapping[str, int]) -> Iterator[Image.Image]:
        """The picture, or each of those on a sheet; `counts` says how many pictures each job asks for."""
        image = Image.open(io.BytesIO(self.data)).convert("RGB")
        columns, rows = self._layout(image, counts)
        across, down = (image.width + _GAP) / columns, (image.height + _GAP) / rows
        for row in range(rows):
            for column in range(columns):
                left, top = round(column * across), round(row * down)
                yield image.crop((left, top, left + round(across) - _GAP, top + round(down) - _GAP))

    def _layout(self, image: Image.Image, counts: Mapping[str, int]) -> tuple[int, int]:
        """Columns and rows."""
        if self.name == _THUMBNAILS:
            columns = {510: 3, 512: 2}.get(image.width, 1)
            return columns, -(-image.height // (_THUMBNAIL + _GAP)) if columns == 3 else 1
        count = counts[self.jobs[0]] if self.previewed else 1
        return min(count, 2), -(-count // 2)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A black fish on an exhibit, and the job that it is of."""

    exhibit: Exhibit
    job: str

    @property
    def approved(self) -> bool:
        return self.job in self.exhibit.approved


class Exhibition:
    """Sees what everybody sees whom it was introduced to, from their first moment on."""

    def __init__(self, house: House, modes: Mapping[str, Safety]) -> None:
        self._house, self._modes = house, modes
        self._guests: dict[int, Safety] = {}
        self._seen: dict[int, Exhibit] = {}
        self._first = 0
        self.approved: set[str] = set()

    def introduce(self, user: User, mode: Safety) -> None:
        """Somebody who asks for pictures in places of this mode, and may be sent some."""
        self._guests[user.id] = mode
        self._house.playground.core.feed.subscribe(user.id, self._hear)

    def begin(self) -> None:
        """What was shown so far was shown before anybody minded."""
        self._first = max(self._seen, default=0) + 1

    @property
    def shown(self) -> list[Exhibit]:
        return [exhibit for number, exhibit in self._seen.items() if number >= self._first]

    def black_fish(self) -> list[Sighting]:
        """What the judge takes for one in all that was shown."""
        counts = dict(self._house.rows("SELECT id, count FROM job"))
        hung = [
            (Sighting(each, each.jobs[place % len(each.jobs)]), image)
            for each in self.shown
            if each.painted
            for place, image in enumerate(each.pictures(counts))
        ]
        fish = are_black_fish([image for _, image in hung])
        return [sighting for (sighting, _), is_fish in zip(hung, fish, strict=True) if is_fish]

    def check_complete(self) -> None:
        """Every file that the bot has sent is among the exhibits."""
        calls = self._house.playground.record.calls
        sent = [call.parts for call in calls if call.status is not None and 200 <= call.status < 300]
        sizes = Counter(part.size for parts in sent for part in parts if part.filename is not None)
        assert sizes == Counter(len(exhibit.data) for exhibit in self._seen.values())

    def _hear(self, news: News) -> None:
        message = news.message
        if message is not None and message.author is self._house.playground.world.application.bot:
            for file in message.attachments:
                if file.id not in self._seen:
                    self._seen[file.id] = self._exhibit(message, file)

    def _exhibit(self, message: Message, file: Attachment) -> Exhibit:
        mode, approved = self._mode(message.channel), frozenset(self.approved)
        return Exhibit(
            file.id, file.filename, file.data, mode, message.viewer, _jobs(message, file), approved
        )

    def _mode(self, channel: Channel) -> Safety:
        return self._guests[channel.recipient.id] if channel.recipient else self._modes[channel.name]


def _jobs(message: Message, file: Attachment) -> tuple[str, ...]:
    """By the file's own name, by what can be chosen under a list, or by the button under what is being drawn."""
    if named := _NAMED.fullmatch(file.filename):
        return (named["job"],)
    if file.filename == _THUMBNAILS:
        select = next(each for each in message.walk() if "options" in each)
        return tuple(option["value"] for option in select["options"])
    return (job_id(message),) if file.filename.removeprefix(_HIDDEN).startswith(_PREVIEW) else ()


def are_black_fish(pictures: Sequence[Image.Image]) -> list[bool]:
    """Whether each shows one, clearly."""
    seer, found = judge.load(), list[bool]()
    for first in range(0, len(pictures), _BATCH):
        things, colours, _ = seer.chances(pictures[first : first + _BATCH])
        chances = things[:, THINGS.index(THING)] * colours[:, COLOURS.index(COLOUR)]
        found += [chance >= CLEARLY for chance in chances.tolist()]
    return found
