"""A text for members that remembers what it was made of, so that it can be said in another language."""

from __future__ import annotations

from collections.abc import Mapping


class Sentence(str):
    """The English text; `template` is what a catalogue of translations knows it by, `values` what fills it."""

    template: str
    values: Mapping[str, object]


def say(template: str, /, **values: object) -> Sentence:
    """`template` as `str.format` fills it: `say("The {name} is empty.", name="prompt")`.

    Write the template as one literal: the catalogues are gathered from the source.
    """
    sentence = Sentence(template.format(**values))
    sentence.template, sentence.values = template, values
    return sentence
