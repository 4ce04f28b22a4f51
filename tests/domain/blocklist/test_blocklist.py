"""A listed word is found in whatever still reads as that word, and in no other."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.blocklist import Hit, WordList
from bot.domain.blocklist.minors import MINORS
from bot.domain.blocklist.ordinary import ordinary_words

WORDS = WordList(["gore", "blood", "naked", "weapon", "corpse", "kid", "gun", "massacre"])
NAMES = WordList(["Jane Example-Painter", "Ægir Müßter", "Wlopp", "H. R. Sample"])


def spelt(word: str, name: str) -> str:
    """The word in the characters that are called by this name, such as `CIRCLED LATIN SMALL LETTER {}`."""
    return "".join(unicodedata.lookup(name.format(letter.upper())) for letter in word)


@pytest.mark.parametrize(
    "text", ["gore", "GORE", "Gore!", "gores", "gore's", "(gore)", "cat,gore,dog", "semi-gore art"]
)
def test_a_word_that_stands_plainly_is_found(text: str) -> None:
    assert WORDS.find(text)


@pytest.mark.parametrize(
    "text",
    ["(gore:1.2)", "[gore]", "{gore}", "((gore))", "gore::2", "<lora:gore:1>", "(go:1.2)(re:1.1)",
     "g((ore))", "a cat --no gore", "gore--ar 3:2", "||gore||", "g||o||re", "**g**ore", "`gore`",
     "~~go~~re", "__gore__", "my_gore_1"],
)  # fmt: skip
def test_weights_flags_and_markdown_hide_no_word(text: str) -> None:
    assert WORDS.find(text)


@pytest.mark.parametrize(
    "apart", [*" .-_*/,|~+=:;'·•\t\n…—", "\u00a0", "\u3000", " - ", "  ", "🔥", "❤️", "1"]
)
def test_letters_may_stand_apart(apart: str) -> None:
    assert WORDS.find(f"a {apart.join('gore')} scene")


@pytest.mark.parametrize(
    "unseen", [*"\u200b\u200d\u00ad\u2060\ufeff\u3164\ufe0f\u202e\u2063\u034f\u2800\U000e0020"]
)
def test_what_cannot_be_seen_hides_no_word(unseen: str) -> None:
    assert WORDS.find(unseen.join("gore"))


@pytest.mark.parametrize("accent", [*"\u0301\u0336\u0489\u20dd\u0327\u20e3", "\u0334\u0323\u0301"])
def test_accents_hide_no_word(accent: str) -> None:
    text = "".join(letter + accent for letter in "gore")
    assert WORDS.find(text)
    assert WORDS.find(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize(
    "name",
    ["FULLWIDTH LATIN SMALL LETTER {}", "CIRCLED LATIN SMALL LETTER {}",
     "NEGATIVE SQUARED LATIN CAPITAL LETTER {}", "SQUARED LATIN CAPITAL LETTER {}",
     "NEGATIVE CIRCLED LATIN CAPITAL LETTER {}", "PARENTHESIZED LATIN SMALL LETTER {}",
     "REGIONAL INDICATOR SYMBOL LETTER {}", "MATHEMATICAL BOLD SMALL {}",
     "MATHEMATICAL FRAKTUR SMALL {}", "MATHEMATICAL MONOSPACE SMALL {}",
     "MATHEMATICAL SANS-SERIF BOLD ITALIC SMALL {}", "TAG LATIN SMALL LETTER {}"],
)  # fmt: skip
@pytest.mark.parametrize("word", ["gore", "weapon"])
def test_the_letters_of_unicode_are_read_by_their_names(word: str, name: str) -> None:
    assert WORDS.find(f"a {spelt(word, name)} scene")


@pytest.mark.parametrize(
    "text",
    ["gоrе", "ɢᴏʀᴇ", "ᵍᵒʳᵉ", "g0re", "g0r3", "60r3", "ⓖ0ᴿé", "ԍоѓё", "ℊℴ𝓇ℯ", "ꍌꂦꋪꍟ", "Ꮆㄖ尺乇",
     "ﻮ๏гє", "ᎶᎧᏒᏋ", "ǥøɍɇ", "₲ØⱤɆ", "⠛⠕⠗⠑", "nаkеd", "n4k3d", "n@k€d", "иаkeд", "ɴᴀᴋᴇᴅ", "ηακє∂",
     "ภคкє๔", "几卂Ҝ乇ᗪ", "₦₳₭ɆĐ", "накед", "vveapon", "corpze", "korpse"],
)  # fmt: skip
def test_look_alikes_and_sound_alikes_are_read(text: str) -> None:
    assert WORDS.find(text)


@pytest.mark.parametrize(
    "text",
    ["%67ore", "%67%6f%72%65", "%2567ore", "&#103;ore", "&#x67;ore", r"\u0067ore", r"\x67ore",
     ":regional_indicator_g: ore", r"|\|aked", "|-|. R. Sample", "na|<ed"],
)  # fmt: skip
def test_letters_in_code_are_decoded(text: str) -> None:
    assert WORDS.find(text) or NAMES.find(text)


@pytest.mark.parametrize(
    "text",
    ["goooore", "ggoorree", "gore" + "e" * 50, "erog", "eЯоg", "dekan", "nkaed", "nakd", "naaked",
     "ǝɹoƃ", "pǝʞɐu", "g*re", "n*ked", "n🍑ked", "bl**d", "w#apon", "we apon", "na-ked", "mass acre",
     "xxnakedxx", "my🔫", "g-00-r-e"],
)  # fmt: skip
def test_slips_masks_and_turns_are_seen_through(text: str) -> None:
    assert WORDS.find(text)


@pytest.mark.parametrize(
    "text",
    ["by jane  example painter", "JaneExamplePainter", "J4ne Exàmple Paınter", "jane-example-painter",
     "Jane\nExample\nPainter", "style of (jane:1.1) (example painter:1.2)", "JANE_EXAMPLE_PAINTER",
     "Jane Exmaple Painter", "retniap elpmaxe enaj", "enaj elpmaxe retniap", "Jane Example-Painter's",
     "aegir mußter", "w l o p p", "h.r. sample"],
)  # fmt: skip
def test_a_name_of_several_words_is_found(text: str) -> None:
    assert NAMES.find(text)


@pytest.mark.parametrize(
    "text", ["jane example", "an example painter", "jane", "the painter jane", "sample hr"]
)
def test_a_part_of_a_name_is_no_hit(text: str) -> None:
    assert NAMES.find(text) is None


def test_ordinary_words_are_found_only_where_they_are_listed() -> None:
    listed = {
        "ass",
        "cum",
        "gore",
        "blood",
        "naked",
        "rapist",
        "strip",
        "hell",
        "god",
        "tit",
        "anal",
        "gun",
        "penis",
        "cat",
    }
    forms = listed | {word + end for word in listed for end in ("s", "es", "'s", "'d", "'ll")}
    others = sorted(ordinary_words() - forms)
    words = WordList(listed)
    for first in range(0, len(others), 200):
        assert words.find(", ".join(others[first : first + 200])) is None


@pytest.mark.parametrize(
    "text",
    ["a class of glass documents", "the snaked river", "he'll say she'll do", "(at night:1.2)",
     "(umbrella), (hair)", "the therapist", "a pen is on the desk", "go, re-use it",
     "1girl, 8k, 4k, f/1.8, 35mm, iso100", "the A55 of 1920", "shot on 60 fps, 3:2",
     "Scunthorpe, Penistone, Picasso, Cassandra, Hancock", "[dog|fox], {a|b}, <x>", "a good loose bloom", "🇨🇺🇲🇽",
     "c̶l̶a̶s̶s̶", "горе и сим"],
)  # fmt: skip
def test_a_word_within_another_is_no_hit(text: str) -> None:
    words = WordList(
        ["ass", "cum", "gore", "naked", "hell", "cat", "chair", "rapist", "penis", "god", "lose", "goose"]
    )
    assert words.find(text) is None


def test_a_star_stands_for_the_rest_of_a_word() -> None:
    assert WordList(["blood"]).find("a bloody bath") is None
    assert WordList(["blood*"]).find("a bloody bath") == Hit("blood*", "blood")
    assert WordList(["*ass"]).find("a glass") == Hit("*ass", "ass")


@pytest.mark.parametrize(
    ("word", "text", "part"),
    [("血", "大量の血が", "血"), ("ロリ", "可愛いロリ画像", "ロリ"),
     ("кровь", "Кровь на снегу", "Кровь"), ("🔪", "a 🔪!", "🔪"), ("420", "420 friendly", "420"),
     ("18+", "18 and", "18"), ("café", "a cafe", "cafe")],
)  # fmt: skip
def test_words_of_any_script_and_signs_can_be_listed(word: str, text: str, part: str) -> None:
    assert WordList([word]).find(text) == Hit(word, part)


@pytest.mark.parametrize(
    ("word", "longer"), [("a0000", "a00000"), ("x77777", "x777778"), ("Agent 0000", "Agent 00001")]
)
def test_a_long_run_of_one_digit_is_found_as_it_is_listed(word: str, longer: str) -> None:
    assert WordList([word]).find(f"an {word} here")
    assert WordList([word]).find(f"an {longer} here") is None


@pytest.mark.parametrize("text", ["14201", "4200", "a 1420"])
def test_a_listed_number_is_no_part_of_another(text: str) -> None:
    assert WordList(["420"]).find(text) is None


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("a g.o.r.e scene", "g.o.r.e"),
        ("x %67%6Fre", "%67%6Fre"),
        ("so GOOORE", "GOOORE"),
        ("n*ked man", "n*ked"),
        ("an erog", "erog"),
    ],
)
def test_a_hit_shows_the_text_as_it_stands(text: str, part: str) -> None:
    hit = WORDS.find(text)
    assert hit
    assert hit.text == part


def test_a_list_without_words_finds_nothing() -> None:
    assert not WordList(["", "  "])
    assert WordList([]).find("gore") is None
    assert WordList(["gore"])


@given(st.text(st.characters(), max_size=60))
def test_any_text_can_be_searched(text: str) -> None:
    for words in (WORDS, NAMES, MINORS):
        hit = words.find(text)
        assert hit is None or hit.text in unicodedata.normalize("NFC", text)


@given(
    st.sampled_from(["gore", "weapon"]),
    st.text(st.sampled_from("\u200b\u0301.-*_"), max_size=3),
    st.text(max_size=20),
)
def test_a_word_is_found_amid_any_text(word: str, between: str, around: str) -> None:
    assert WORDS.find(f"{around} {between.join(word)} {around}")


@pytest.mark.parametrize(
    "text",
    ["a child", "children", "childhood", "two kids", "t0ddler", "s.c.h.o.o.l.g.i.r.l", "school girl",
     "a young girl", "teenager", "12 year old", "a 12-year-old", "12yo", "17 y.o.", "sixteen years old",
     "aged 9", "age: 16", "6 months old", "👶", "幼女", "дети", "a 24 months old", "an 18 month old", "36-month-old",
     "8 weeks old", "12 years of age", "12 yrs", "twenty months old", "twenty-four months old", "ten days old",
     "1.5 years old", "a 12\u2011year\u2011old", "200 months of age"],
)  # fmt: skip
def test_words_and_ages_of_minors_are_found(text: str) -> None:
    assert MINORS.find(text)


@pytest.mark.parametrize(
    "text",
    ["1girl, solo", "a boy and his dog", "a young woman", "18 year old", "a 21-year-old",
     "twenty-one years old", "112 years old", "age 30", "kidney", "a minor key", "infantry", "the nina",
     "teeny tiny", "a kind man", "216 months old", "a 1,000 years old oak", "a hundred years old", "thirty yrs",
     "twenty years old", "years old", "12 months", "8 weeks in May", "eighteen years of age", "the age of steam"],
)  # fmt: skip
def test_adults_and_things_are_no_minors(text: str) -> None:
    assert MINORS.find(text) is None
