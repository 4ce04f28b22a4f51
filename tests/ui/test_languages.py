"""The catalogues hold all that members read and nothing else, and a bad translation harms nobody."""

from __future__ import annotations

import re
import string
from functools import cache
from typing import Any

import pytest
import regex
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from bot.ui.languages import LANGUAGES, Language, translate
from bot.ui.languages.commands import CommandTranslator
from bot.ui.languages.gather import ROOT, command_tree, gather, templates
from engine.sentence import say

NAME = regex.compile(r"[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}")  # Discord's own rule
MENTION = re.compile(r"`/([^`]+)`")
FLAG = re.compile(r"--[a-z]+")
Json = dict[str, Any]

BROKEN = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"

msgid "{count} of {all}"
msgstr "{cuont} von {all}"

#, fuzzy
msgid "A guess."
msgstr "Geraten."

msgid "Nothing yet."
msgstr ""

msgid "Half {a}."
msgstr "Halb {a.b} {"
"""


@cache
def source() -> Catalog:
    return gather()


@cache
def catalogue(name: str) -> Catalog:
    file = ROOT / "bot/ui/languages" / f"{name}.po"
    return read_po(file.read_bytes().splitlines(), locale=name, abort_invalid=True)


def texts(found: Catalog) -> dict[tuple[str | None, str], Message]:
    return {(message.context, str(message.id)): message for message in found if message.id}


def fields(template: str) -> dict[str, set[str]]:
    """The placeholders of a template, each with its formats."""
    found: dict[str, set[str]] = {}
    for _, name, spec, _ in string.Formatter().parse(template):
        if name is not None:
            found.setdefault(name, set()).add(spec or "")
    return found


languages = pytest.mark.parametrize("name", sorted(LANGUAGES))


def test_there_are_two_more_languages_than_english() -> None:
    assert {"de", "fr"} <= LANGUAGES.keys()


@languages
def test_a_catalogue_holds_every_text_of_the_source_and_no_other(name: str) -> None:
    wanted, held = texts(source()), texts(catalogue(name))
    assert sorted(map(repr, wanted.keys() - {key for key, text in held.items() if text.string})) == []
    assert sorted(map(repr, held.keys() - wanted.keys())) == []


@languages
def test_nothing_in_a_catalogue_is_unsettled(name: str) -> None:
    assert [message.id for message in texts(catalogue(name)).values() if message.fuzzy] == []
    assert list(catalogue(name).obsolete) == []


@languages
def test_a_translation_fills_in_what_the_english_does(name: str) -> None:
    for message in texts(catalogue(name)).values():
        if message.context is None:
            english, translated = fields(str(message.id)), fields(str(message.string))
            assert translated.keys() == english.keys(), message.id
            assert all(translated[each] <= english[each] | {""} for each in english), message.id


@languages
def test_a_translation_names_flags_as_they_are_typed_and_commands_as_its_readers_see_them(name: str) -> None:
    for message in texts(catalogue(name)).values():
        english, translated = str(message.id), str(message.string)
        assert set(FLAG.findall(translated)) == set(FLAG.findall(english))
        expected = {in_language(mention, name) for mention in MENTION.findall(english)}
        assert set(MENTION.findall(translated)) == expected


def in_language(mention: str, name: str) -> str:
    """`prefer option set`, as Discord shows it there."""
    return " ".join(LANGUAGES[name].term(word, "command") or word for word in mention.split())


def test_a_template_is_found_wherever_it_stands_and_has_to_be_one_literal() -> None:
    source = """x = f"{say('a')}"\nsay('b {x}' ' c', x=say('d'))"""
    assert templates(source) == [(1, "a"), (2, "b {x} c"), (2, "d")]
    with pytest.raises(ValueError, match="line 2"):
        templates("x = 1\nsay(f'{x} of them')")


@languages
async def test_discord_takes_every_translated_command(name: str) -> None:
    tree = command_tree()
    payloads = [await each.get_translated_payload(tree, CommandTranslator()) for each in tree.get_commands()]
    assert payloads
    check_siblings(payloads, name)


def check_siblings(siblings: list[Json], locale: str) -> None:
    """Commands of one level, or options of one command: each is named and described, and no two alike."""
    names = [(is_menu(each), localized(each, "name", locale)) for each in siblings]
    assert len(names) == len(set(names))
    for each in siblings:
        check_name(each, localized(each, "name", locale))
        if each.get("description"):
            assert 1 <= len(localized(each, "description", locale)) <= 100, each["name"]
        for choice in each.get("choices", []):
            assert 1 <= len(localized(choice, "name", locale)) <= 100
        check_siblings(each.get("options", []), locale)


def check_name(each: Json, name: str) -> None:
    if is_menu(each):
        assert 1 <= len(name) <= 32, name
    else:
        assert NAME.fullmatch(name), name
        assert name == name.lower()


def is_menu(each: Json) -> bool:
    """Slash commands and options have a description, context menus have none."""
    return not each.get("description")


def localized(each: Json, key: str, locale: str) -> str:
    return str(each[f"{key}_localizations"][locale.replace("_", "-")])


def test_a_sentence_is_said_in_the_language_of_the_locale() -> None:
    sentence = say("{name} is not a picture; upload a PNG, JPEG or WebP picture.", name="`x`")
    german = "`x` ist kein Bild; lade ein Bild als PNG, JPEG oder WebP hoch."
    assert translate(sentence, "de") == translate(sentence, "de-AT") == german
    assert translate(sentence, "fr") not in (german, sentence)
    assert [translate(sentence, locale) for locale in (None, "", "en-US", "es-ES", "pt-BR", "xx")] == [
        sentence
    ] * 6


def test_a_text_that_is_no_sentence_stays_as_it_is() -> None:
    assert translate("a red house", "de") == "a red house"
    assert translate(say("Nobody has translated this {x}.", x=1), "de") == "Nobody has translated this 1."


def test_a_sentence_inside_a_sentence_is_translated_too() -> None:
    language = Language(
        "de",
        po('msgid "{who} sees {what}"\nmsgstr "{what} sieht {who}"\n\nmsgid "a cat"\nmsgstr "eine Katze"'),
    )
    assert language.say(say("{who} sees {what}", who="Ada", what=say("a cat"))) == "eine Katze sieht Ada"


def test_numbers_are_written_as_readers_write_them_but_values_stay_as_they_are_typed() -> None:
    language = Language(
        "de", po('msgid "{size:,.1f} {weight} {word:>2}"\nmsgstr "{size:,.1f} {weight} {word:>2}"')
    )
    assert (
        language.say(say("{size:,.1f} {weight} {word:>2}", size=1234.5, weight=0.5, word="a.b"))
        == "1.234,5 0.5 a.b"
    )


@pytest.mark.parametrize(
    "sentence",
    [say("{count} of {all}", count=1, all=4), say("A guess."), say("Nothing yet."), say("Half {a}.", a=1)],
)
def test_a_broken_or_unsettled_translation_gives_the_english(sentence: str) -> None:
    assert Language("de", po(BROKEN)).say(sentence) == sentence


def po(entries: str) -> list[bytes]:
    return entries.encode().splitlines()
