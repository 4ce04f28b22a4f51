"""A listed word is found under most of the disguises that people give it, and these make nothing else one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bot.domain.blocklist import WordList
from tests.domain.blocklist.disguises import DISGUISES, NAMES, WORDS, Disguised, disguised

_LEAST_CAUGHT, _MOST_SUSPECTED = 0.9, 0.01
_HARMLESS = "teapot meadow lantern orchard bicycle umbrella sparrow willow carpet violin harbour pumpkin"


def test_most_disguised_words_are_caught() -> None:
    check(WORDS, disguised(WORDS, 2000, seed=1))


def test_most_disguised_names_are_caught() -> None:
    check(NAMES, disguised(NAMES, 2000, seed=2))


def test_harmless_words_in_the_same_disguises_are_let_through() -> None:
    words = WordList(WORDS)
    hits = [
        (case, hit) for case in disguised(_HARMLESS.split(), 1000, seed=3) if (hit := words.find(case.text))
    ]
    assert len(hits) <= 1000 * _MOST_SUSPECTED, hits


def test_the_disguises_are_many_and_all_are_used() -> None:
    cases = disguised(WORDS, 2000, seed=1)
    assert len(cases) == len({(case.how, case.word) for case in cases}) == 2000
    uses = Counter(case.how for case in cases)
    assert uses.keys() == DISGUISES.keys()
    assert len(uses) >= 50
    assert max(uses.values()) <= 2 * min(uses.values())
    assert [case for case in cases if case.word in case.text.split()] == []


def check(listed: Sequence[str], cases: Sequence[Disguised]) -> None:
    """Each counts where its own word is what was found."""
    words = WordList(listed)
    caught = [case.how for case in cases if (hit := words.find(case.text)) and hit.word == case.word]
    assert len(caught) >= len(cases) * _LEAST_CAUGHT, shares(caught, [case.how for case in cases])


def shares(caught: Sequence[str], tried: Sequence[str]) -> str:
    """What was caught of each disguise that is not always seen through, the least first."""
    caught_of, tried_of = Counter(caught), Counter(tried)
    missed = sorted(
        (caught_of[how] / tried_of[how], how) for how in tried_of if caught_of[how] < tried_of[how]
    )
    lines = [f"{share:7.0%}  {how}" for share, how in missed]
    return "\n".join([f"{len(caught) / len(tried):.1%} were caught", *lines])
