"""Each time that nobody can be asked about a job, it is passed over for longer."""

from __future__ import annotations

from bot.patience import FIRST_S, LONGEST_S, Patience


def test_pauses_become_longer_up_to_a_bound() -> None:
    now = [0.0]
    patience, pauses = Patience(now=lambda: now[0]), []
    for _ in range(8):
        pauses.append(patience.put_off("a"))
        now[0] += pauses[-1]
    assert pauses == [FIRST_S, 10, 20, 40, 80, 160, LONGEST_S, LONGEST_S]


def test_a_job_is_passed_over_as_long_as_its_pause_lasts() -> None:
    now = [0.0]
    patience = Patience(now=lambda: now[0])
    patience.put_off("a")
    now[0] = FIRST_S - 1
    patience.put_off("b")
    assert patience.later() == ["a", "b"]
    now[0] = FIRST_S
    assert patience.later() == ["b"]


def test_after_an_answer_pauses_are_short_again() -> None:
    patience = Patience()
    assert [patience.put_off("a"), patience.put_off("a")] == [FIRST_S, 2 * FIRST_S]
    patience.forget("a")
    assert patience.later() == []
    assert patience.put_off("a") == FIRST_S


def test_jobs_that_never_come_back_are_forgotten() -> None:
    now = [0.0]
    patience = Patience(now=lambda: now[0])
    for number in range(100):
        patience.put_off(str(number))
    now[0] = FIRST_S + LONGEST_S
    patience.put_off("a")
    assert len(patience._pauses) == 1
