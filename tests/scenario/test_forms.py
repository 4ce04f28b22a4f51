"""Every form, filled in well, not at all, and with nonsense; also when the bot or the file is not the same any more."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from logging import ERROR
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image

from bot.domain.canvas import OUTPAINT
from bot.domain.drawing import Drawing
from bot.domain.job import Origin
from bot.playground import Member, Message, Outcome
from bot.playground.wire import Json
from bot.playground.world import walk
from tests.scenario.effects import Effect, Makes, Says, Watch, key_of, press, pressables
from tests.scenario.props import Kind, Props
from tests.scenario.stage import staged

pytestmark = pytest.mark.asyncio(loop_scope="module")
Answers = Mapping[str, Any]


def png(grey: int) -> bytes:
    """A picture of one shade."""
    out = io.BytesIO()
    Image.new("L", (64, 64), grey).save(out, "PNG")
    return out.getvalue()


WHITE, BLACK, NO_PICTURE = png(255), png(0), b"no picture"


@dataclass(frozen=True)
class Form:
    """What opens it, what comes of sensible answers, and of which nonsense which sentence; `remix` is the member's."""

    kind: Kind
    key: str
    answers: Answers
    does: Makes
    drawing: dict[str, object]
    untouched: Effect
    nonsense: Sequence[tuple[Answers, str]] = ()
    remix: bool = False
    needs_file: bool = True


NO_SEED = ({"seed": "banana"}, "Seed: this must be a number from 0 to")
NO_STRENGTH = ({"strength": "2"}, "Strength: this must be a number from 0.05 to 1.")
NO_PROMPT = ({"prompt": " \n "}, "The prompt is empty")
NO_FLAG = ({"flags": "--steps many"}, "`--steps` cannot be `many`")
NO_MODEL = ({"flags": "--model nothing"}, "There is no model called `nothing`")
WORDS = {"prompt": "a blue boat", "negative": "text", "seed": "7", "flags": "--steps 3 --ar 1:2"}
DRAWN = {"prompt": "a blue boat", "negative": "text", "seed": 7, "steps": 3, "width": 88, "height": 184}


def remix(kind: Kind) -> Form:
    """✏️, which asks for words alone."""
    makes = Makes(Origin.REMIX, of_cell=False)
    nonsense = [NO_SEED, NO_PROMPT, NO_FLAG, NO_MODEL]
    return Form(kind, "remix", WORDS, makes, DRAWN, makes, nonsense, needs_file=False)


def varied(kind: Kind, key: str, origin: Origin) -> Form:
    """A button that asks for words first, since the member has remix on."""
    answers, drawing = WORDS | {"strength": "0,35"}, DRAWN | {"strength": 0.35}
    nonsense = [NO_SEED, NO_PROMPT, NO_FLAG, NO_STRENGTH]
    return Form(kind, key, answers, Makes(origin), drawing, Makes(origin), nonsense, remix=True)


ZOOM = {"prompt": "a boat at sea", "factor": "1,4"}
ZOOMED = {"prompt": "a boat at sea", "strength": OUTPAINT}
NO_ZOOM = "Zoom out by: this must be a number from 1.05 to 2."
TWEAK = {
    "model": ["demo"],
    "aspect": ["9:16"],
    "sampler": ["euler"],
    "style": ["ink"],
    "flags": "--steps 4 --cfg 5",
}
TWEAKED = {
    "prompt": "a red fish",
    "width": 96,
    "height": 168,
    "sampler": "euler",
    "steps": 4,
    "guidance": 5.0,
}
CHOOSE = Says("Choose what to redraw by numbers from 1")
FORMS = {
    "remix of a grid": remix(Kind.FOUR),
    "remix of a picture": remix(Kind.SINGLE),
    "V with remix": varied(Kind.FOUR, "vary_strong", Origin.VARY_STRONG),
    "subtle with remix": varied(Kind.SINGLE, "vary_subtle", Origin.VARY_SUBTLE),
    "strong with remix": varied(Kind.SINGLE, "vary_strong", Origin.VARY_STRONG),
    "zoom with remix": varied(Kind.SINGLE, "zoom:1.5", Origin.ZOOM),
    "tweak": Form(
        Kind.SINGLE, "tweak", TWEAK, Makes(Origin.REMIX, of_cell=False), TWEAKED,
        untouched=Makes(Origin.REMIX, of_cell=False),
        nonsense=[({"flags": "--cfg lots"}, "`--cfg` cannot be `lots`")],
        needs_file=False,
    ),
    "region": Form(
        Kind.SINGLE, "region", {"cells": ["5", "1"], "prompt": "a blue boat", "strength": "0.7"},
        Makes(Origin.VARY_REGION), {"prompt": "a blue boat", "strength": 0.7}, untouched=CHOOSE,
        nonsense=[
            ({"mask": NO_PICTURE}, "cannot be read as a picture"),
            ({"mask": BLACK}, "leaves nothing to be redrawn"),
            ({"cells": ["5"], **NO_STRENGTH[0]}, NO_STRENGTH[1]),
            ({"cells": ["5"], **NO_PROMPT[0]}, NO_PROMPT[1]),
        ],
    ),
    "region by a mask": Form(
        Kind.SQUARE, "region", {"mask": WHITE}, Makes(Origin.VARY_REGION), {"prompt": "a red fish"}, CHOOSE
    ),
    "custom zoom": Form(
        Kind.SINGLE, "custom_zoom", ZOOM, Makes(Origin.ZOOM), ZOOMED, untouched=Makes(Origin.ZOOM),
        nonsense=[({"factor": each}, NO_ZOOM) for each in ("far", "99", "-1", "nan", "1e9")],
    ),
    "start": Form(
        Kind.START, "start", {"prompt": "a cat", "strength": "0.4", "flags": "--n 2"},
        Makes(Origin.IMAGINE, of_cell=False, of_job=False), {"prompt": "a cat", "strength": 0.4, "count": 2},
        untouched=Makes(Origin.IMAGINE, of_cell=False, of_job=False),
        nonsense=[NO_PROMPT, NO_FLAG, NO_STRENGTH],
    ),
}  # fmt: skip
RUBBISH = (
    "x", "-1", "0", "1e999", "nan", "--", "—ar", "--seed", "--no", "{", "{a,b}", "\\", "__x__", "a::2 b::-1",
    "((", "`" * 40, "🎨" * 50, "\u202eabc", "Ω≈ç√" * 900, "<@1> @everyone", "--image " + "0" * 64, "\0", "a\nb",
)  # fmt: skip
_TEXT = 4
every_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def props(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Props]:
    async with staged(tmp_path_factory.mktemp("stage")) as stage:
        props = Props(stage)
        await props.set_up()
        yield props


@pytest.fixture(autouse=True)
def no_error_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert [record.getMessage() for record in caplog.records if record.levelno >= ERROR] == []


@every_form
async def test_sensible_answers_are_drawn(props: Props, form: Form) -> None:
    opened = await open_form(props, form)
    drawing = await opened.submit(form.answers, form.does)
    assert {name: getattr(drawing, name) for name in form.drawing} == form.drawing


@every_form
async def test_a_form_may_be_sent_as_it_opens(props: Props, form: Form) -> None:
    opened = await open_form(props, form)
    await opened.submit({}, form.untouched)


@every_form
async def test_fields_may_be_emptied_where_they_need_not_be_filled(props: Props, form: Form) -> None:
    opened = await open_form(props, form)
    await opened.submit(opened.emptied(), form.untouched)


@every_form
async def test_nonsense_is_answered_with_a_sentence_that_says_what_it_could_be(
    props: Props, form: Form
) -> None:
    for answers, sentence in form.nonsense:
        opened = await open_form(props, form)
        await opened.submit(answers, Says(sentence))


@pytest.mark.long
@every_form
async def test_whatever_is_typed_gets_an_answer(props: Props, form: Form) -> None:
    for text in RUBBISH:
        opened = await open_form(props, form)
        outcome = await opened.send(opened.scrawled(text))
        assert outcome.acknowledged, text


@every_form
async def test_a_form_that_was_opened_before_the_file_expired(props: Props, form: Form) -> None:
    opened = await open_form(props, form)
    with props.stage.expired():
        gone = Says("The file of this picture has expired")
        await opened.submit(form.answers, gone if form.needs_file else form.does)


@every_form
async def test_another_member_fills_it_in(props: Props, form: Form) -> None:
    if form.kind is not Kind.START:  # that question was asked by one member, and nobody else sees it
        opened = await open_form(props, form, props.ben)
        await opened.submit(form.answers, form.does)


async def test_a_form_that_was_opened_before_a_restart_is_still_taken(props: Props) -> None:
    opened = {name: await open_form(props, form) for name, form in FORMS.items() if name != "region"}
    await props.stage.restart()
    for name, form in opened.items():
        drawing = await form.submit(FORMS[name].answers, FORMS[name].does)
        assert {field: getattr(drawing, field) for field in FORMS[name].drawing} == FORMS[name].drawing


@pytest.mark.long
async def test_what_was_deleted_meanwhile_is_not_varied(props: Props) -> None:
    message = await props.message(Kind.SINGLE, anew=True)
    opened = await open_form(props, FORMS["region"], message=message)
    await props.ada.click(message, "🗑️")
    await props.ada.wait_for(lambda seen: seen.content == "🗑️ Deleted.")
    await opened.submit(FORMS["region"].answers, Says("The pictures of this request were deleted."))


@dataclass(frozen=True)
class Opened:
    """A form on a member's screen, and the message that it is about."""

    props: Props
    member: Member
    message: Message
    modal: Json

    async def submit(self, answers: Answers, effect: Effect) -> Drawing | None:
        """This comes of it; the drawing, if it makes a job."""
        watch = Watch(self.props.stage, self.member)
        outcome = await self.send(answers)
        job = (
            await self.props.stage.answered(outcome.reply)
            if isinstance(effect, Makes) and outcome.reply
            else None
        )
        await watch.expect([effect], [outcome], self.message, self.modal["custom_id"])
        return None if job is None else job.order.drawing

    async def send(self, answers: Answers) -> Outcome:
        files = {
            name: [self.member.upload("mask.png", data)]
            for name, data in answers.items()
            if isinstance(data, bytes)
        }
        return await self.member.submit_modal(self.modal, {**answers, **files})

    def emptied(self) -> Answers:
        """Nothing in all the fields that may be empty."""
        empty: dict[str, str | list[str]] = {}
        for each in self._fields():
            if not each.get("required", True):
                empty[each["custom_id"]] = "" if each["type"] == _TEXT else []
        return empty

    def scrawled(self, text: str) -> Answers:
        """The same text in all the fields that take text, as much of it as they take."""
        texts = [each for each in self._fields() if each["type"] == _TEXT]
        return {each["custom_id"]: text[: each.get("max_length", len(text))] for each in texts}

    def _fields(self) -> list[Json]:
        return [each for each in walk(self.modal["components"]) if "custom_id" in each]


async def open_form(
    props: Props, form: Form, member: Member | None = None, message: Message | None = None
) -> Opened:
    member, message = member or props.ada, message or await props.message(form.kind)
    await props.stage.parts.services.members.change(member.user.id, remix=form.remix)
    button = next(each for each in pressables(message) if key_of(each) == form.key)
    outcome = await press(member, message, button)
    return Opened(props, member, message, outcome.modal)
