"""What a member's words become: for a new request, and for one that is made from a picture of another job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.domain.drawing import Drawing
from bot.domain.inventory import Inventory
from bot.domain.job import StoredPicture
from bot.domain.params import check_enlargeable, fitted, resolve
from bot.domain.preferences import Preferences
from bot.domain.reproduce import words_of
from bot.domain.syntax import expand, fill, parse
from bot.domain.syntax.flags import FLAGS
from bot.domain.text import code
from bot.domain.words import Words
from bot.errors import BadRequest
from engine.sentence import Sentence, say


def readings(words: Words, shortcuts: Mapping[str, str], most: int) -> list[Words]:
    """Each request that these words ask for, still with its flags; `{a, b}` and `--repeat` make several."""
    texts = expand(words.prompt, most)
    said = parse(texts[0], shortcuts).words.repeat if words.repeat is None else words.repeat
    repeat = 1 if said is None else said
    if repeat < 1:
        raise BadRequest(
            say("The {name} is {value}; it must be from {low} to {high}.",
                name=code("--repeat"), value=repeat, low=1, high=most)
        )  # fmt: skip
    if len(texts) * repeat > most:
        raise BadRequest(
            say(
                "This would be {count} requests; at most {most} are allowed at once.",
                count=len(texts) * repeat,
                most=most,
            )
        )
    return [replace(words, prompt=each) for each in texts for _ in range(repeat)]


@dataclass(frozen=True, slots=True)
class Reading:
    """Words without their flags, the drawing that they ask for, and how it differs from what was said."""

    words: Words
    drawing: Drawing
    notes: tuple[Sentence, ...]


def read(
    words: Words,
    preferences: Preferences,
    shortcuts: Mapping[str, str],
    inventory: Inventory,
    random_seed: int,
) -> Reading:
    """One reading: options win over flags, and those over the member's preferences. Raises `BadRequest`."""
    asked = words.seed if words.seed is not None else parse(words.prompt, shortcuts).words.seed
    text = fill(words.prompt, inventory.wildcards, random_seed if asked is None else asked)
    parsed, suffix = parse(text, shortcuts), parse(preferences.suffix, shortcuts)
    prompt = parsed.words.prompt
    if suffix.words.prompt not in prompt:  # a copied line has it already
        prompt = f"{prompt} {suffix.words.prompt}".strip()
    said = replace(words, prompt=prompt).over(parsed.words).over(suffix.words).over(preferences.words(""))
    made = resolve(said, inventory, random_seed)
    notes = parsed.notes + _unused(words, parsed.words) + suffix.notes + made.notes
    return Reading(said, made.drawing, notes)


def _unused(options: Words, flags: Words) -> tuple[Sentence, ...]:
    """What is said of flags that an option overrules."""
    said = [(flag, getattr(options, flag.field), getattr(flags, flag.field)) for flag in FLAGS]
    return tuple(
        say("{flag} was not used, as {winner} says it already.",
            flag=code(f"--{flag.names[0]}"), winner=code(flag.field))
        for flag, option, value in said
        if value is not None and option not in (None, value)
    )  # fmt: skip


def derive(
    base: Words,
    change: Words | None,
    shortcuts: Mapping[str, str],
    inventory: Inventory,
    parent: Drawing,
    seed: int,
) -> Reading:
    """A request that is made from another one: what `change` says, whose prompt may hold flags, and else `base`.

    The parent's style stays as it was then, unless another one is asked for. Raises `BadRequest`.
    """
    notes: tuple[Sentence, ...] = ()
    said = base
    if change is not None:
        parsed = parse(change.prompt, shortcuts)
        said = replace(change, prompt=parsed.words.prompt).over(parsed.words).over(base)
        notes = parsed.notes
    kept = parent.style if parent.style and said.style == parent.style.name else None
    made = resolve(replace(said, style=None) if kept else said, inventory, seed)
    drawing = replace(made.drawing, style=kept) if kept else made.drawing
    return Reading(said, drawing, notes + made.notes)


def again(parent: Drawing) -> Words:
    """The same request, but for the seed."""
    return replace(words_of(parent, 0), seed=None, count=parent.count)


def from_picture(parent: Drawing, picture: StoredPicture, inventory: Inventory, strength: float) -> Words:
    """The parent's words for new pictures that start from this one, at its size or the largest that is allowed."""
    width, height = fitted(picture.width, picture.height, inventory.limits.max_pixels)
    return replace(
        words_of(parent, picture.cell),
        aspect=f"{width}x{height}",
        seed=None,
        count=inventory.limits.max_count,
        stop=None,
        image_sha256=picture.sha256,
        mask_sha256=None,
        strength=strength,
        upscale=None,
    )


def enlarged(parent: Drawing, picture: StoredPicture, factor: int, inventory: Inventory) -> Drawing:
    """The picture, so many times as large, with the words and the model that drew it. Raises `BadRequest`."""
    check_enlargeable(picture.width, picture.height, inventory.limits.max_pixels)
    return replace(
        parent,
        seed=parent.cell_seed(picture.cell),
        count=1,
        width=picture.width * factor,
        height=picture.height * factor,
        chaos=0,
        tile=False,
        stop=100,
        image_sha256=picture.sha256,
        mask_sha256=None,
        strength=inventory.models.get(parent.model, inventory.default_model).upscale_strength,
        upscale=factor,
    )
