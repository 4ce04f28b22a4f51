"""The forms that open on a press, and what was filled in; a form lives in Discord alone, so it survives a restart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import discord
from discord.ui import FileUpload, Item, Label, Modal, Select, TextInput

from bot.domain.drawing import Drawing
from bot.domain.syntax import render
from bot.domain.text import cut, start_of
from bot.domain.words import Words
from bot.errors import BadRequest
from bot.ui.buttons import select
from bot.ui.custom_ids import Action, Press
from bot.ui.languages import translate
from engine.sentence import Sentence, say

_LONGEST_INPUT = 4000
_CELL_NAMES = (
    say("Top left"), say("Top"), say("Top right"),
    say("Left"), say("Middle"), say("Right"),
    say("Bottom left"), say("Bottom"), say("Bottom right"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """A labelled place to fill in."""

    label: Sentence
    item: Item[Any]
    description: Sentence | None = None


def form(press: Press, title: Sentence, fields: Sequence[Field], locale: str | None) -> Modal:
    """It answers with the custom_id of the button that opened it; stopped, so that nothing waits for it in memory."""
    modal = Modal(title=cut(translate(title, locale), 45), custom_id=press.custom_id, timeout=None)
    for field in fields:
        description = field.description and cut(translate(field.description, locale), 100)
        text = cut(translate(field.label, locale), 45)
        modal.add_item(Label(text=text, description=description, component=field.item))
    modal.stop()
    return modal


def remix(press: Press, drawing: Drawing, locale: str | None) -> Modal:
    """Other words for a new request; where that starts from a picture, also how much of it changes."""
    fields = [_prompt(drawing.prompt), _negative(drawing.negative)]
    if press.action is not Action.REMIX:
        fields.append(_strength())
    fields += [_line("seed", say("Seed"), say("Leave it empty for a new one"), 10), _flags()]
    return form(press, say("Remix"), fields, locale)


def region(press: Press, drawing: Drawing, locale: str | None) -> Modal:
    """Which part of the picture is drawn anew."""
    cells: Select[Any] = Select(custom_id="cells", min_values=0, max_values=9, required=False)
    for number, name in enumerate(_CELL_NAMES, 1):
        cells.add_option(label=translate(name, locale), value=str(number))
    mask: FileUpload[Any] = FileUpload(custom_id="mask", required=False, min_values=0, max_values=1)
    fields = [
        Field(say("Where"), cells, say("The picture in nine fields; choose one or more")),
        Field(say("Or a mask"), mask, say("A picture: what is white, or transparent, is drawn anew")),
        _prompt(drawing.prompt),
        _negative(drawing.negative),
        _strength(),
    ]
    return form(press, say("Vary (Region)"), fields, locale)


def custom_zoom(press: Press, drawing: Drawing, locale: str | None) -> Modal:
    """How far away, and what is there."""
    factor: TextInput[Any] = TextInput(custom_id="factor", default="1.5", max_length=6)
    fields = [Field(say("Zoom out by"), factor, say("From 1.05 to 2")), _prompt(drawing.prompt)]
    return form(press, say("Custom Zoom"), fields, locale)


@dataclass(frozen=True, slots=True)
class Choices:
    """What a drawing can be tweaked to: values and their titles."""

    models: Sequence[tuple[str, str]]
    aspects: Sequence[tuple[str, str]]
    samplers: Sequence[tuple[str, str]]
    styles: Sequence[tuple[str, str]]


def tweak(press: Press, drawing: Drawing, choices: Choices, locale: str | None) -> Modal:
    """The same words with another model, shape, sampler, style or effort."""
    style = drawing.style.name if drawing.style else ""
    numbers: TextInput[Any] = TextInput(
        custom_id="flags", default=f"--steps {drawing.steps} --cfg {drawing.guidance:g}", required=False
    )
    fields = [
        Field(say("Model"), select("model", choices.models, drawing.model)),
        Field(say("Aspect"), select("aspect", choices.aspects, f"{drawing.width}x{drawing.height}")),
        Field(say("Sampler"), select("sampler", choices.samplers, drawing.sampler or "-")),
        Field(say("Style"), select("style", choices.styles, style or "-")),
        Field(say("Steps and guidance"), numbers),
    ]
    return form(press, say("Tweak"), fields, locale)


def start(press: Press, prompt: str, locale: str | None) -> Modal:
    """A new request that starts from a picture."""
    return form(press, say("Use as start image"), [_prompt(prompt), _strength(), _flags()], locale)


def report(press: Press, locale: str | None) -> Modal:
    """What is wrong with a picture."""
    reason: TextInput[Any] = TextInput(
        custom_id="reason", style=discord.TextStyle.paragraph, max_length=1000, required=True
    )
    return form(press, say("Report"), [Field(say("What is wrong with it?"), reason)], locale)


@dataclass(frozen=True, slots=True)
class Filled:
    """What a member filled into a form, by the custom_id of each field."""

    values: dict[str, list[str]]
    files: dict[str, discord.Attachment]

    def text(self, name: str) -> str:
        return " ".join(self.values.get(name, [])).strip()

    def number(self, name: str, label: Sentence, low: float, high: float) -> float | None:
        """None where the field is empty. Raises `BadRequest` where it is no number within the range."""
        text = self.text(name).replace(",", ".")
        if not text:
            return None
        try:
            value = float(text)
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            raise BadRequest(
                say(
                    "{label}: this must be a number from {low:g} to {high:g}.",
                    label=label,
                    low=low,
                    high=high,
                )
            )
        return value

    def words(self) -> Words:
        """The fields of `remix`, `region`, `tweak` and the like that there are. Raises `BadRequest`."""
        seed = self.number("seed", say("Seed"), 0, 2**32 - 1)
        return Words(
            prompt=f"{self.text('prompt')} {self.text('flags')}".strip(),
            negative=self.text("negative") if "negative" in self.values else None,
            seed=None if seed is None else int(seed),
            strength=self.number("strength", say("Strength"), 0.05, 1),
            model=self._choice("model"),
            aspect=self._choice("aspect"),
            sampler=self._choice("sampler"),
            style=self._choice("style"),
        )

    def _choice(self, name: str) -> str | None:
        """`-` in a select asks for none."""
        chosen = self.text(name)
        return None if not chosen else "" if chosen == "-" else chosen


def filled(interaction: discord.Interaction[Any]) -> Filled:
    """Read a submitted form."""
    data: Any = interaction.data or {}
    values: dict[str, list[str]] = {}
    for row in data.get("components", []):
        for item in [row["component"]] if "component" in row else row.get("components", []):
            given = item.get("values", item.get("value", ""))
            values[item["custom_id"]] = (
                [str(each) for each in given] if isinstance(given, list) else [str(given)]
            )
    attachments = data.get("resolved", {}).get("attachments", {})
    files = {
        name: discord.Attachment(data=attachments[each], state=interaction._state)
        for name, given in values.items()
        for each in given
        if each in attachments
    }
    return Filled(values, files)


def _prompt(prompt: str) -> Field:
    item: TextInput[Any] = TextInput(
        custom_id="prompt",
        style=discord.TextStyle.paragraph,
        default=start_of(render(Words(prompt=prompt)), _LONGEST_INPUT),
        max_length=_LONGEST_INPUT,
    )
    return Field(say("Prompt"), item)


def _negative(negative: str) -> Field:
    item: TextInput[Any] = TextInput(
        custom_id="negative",
        default=start_of(negative, _LONGEST_INPUT) or None,
        required=False,
        max_length=_LONGEST_INPUT,
    )
    return Field(say("Without"), item, say("What the pictures should not show"))


def _strength() -> Field:
    return _line("strength", say("Strength"), say("How much of the picture changes, 0.05 to 1"), 6)


def _flags() -> Field:
    return _line("flags", say("Flags"), say("Such as --ar 3:2 --steps 30"), 500)


def _line(custom_id: str, label: Sentence, description: Sentence, longest: int) -> Field:
    item: TextInput[Any] = TextInput(custom_id=custom_id, required=False, max_length=longest)
    return Field(label, item, description)
