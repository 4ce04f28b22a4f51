"""A hang ends the process, in processes of their own; slow, long and idle times do not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent

import pytest

from engine.watchdog import EXIT_DEVICE_LOST, EXIT_STALLED

_ROOT = Path(__file__).parents[2]
_GIL_HELD = 1  # faulthandler's own exit code
_START = """
import re, sys, threading, time
from engine.watchdog import Watchdog

def hang(how):
    print(time.monotonic(), flush=True)
    how()

def sleeping(): time.sleep(60)
def waiting(): lock = threading.Lock(); lock.acquire(); lock.acquire()
def looping():
    while True: pass
def multiplying(): pow(3, 10**9)
def matching(): re.match(r"(a|aa)+$", "a" * 60 + "b")
"""
_HANGS = {
    "sleeping": EXIT_STALLED,
    "waiting": EXIT_STALLED,
    "looping": EXIT_STALLED,
    "multiplying": _GIL_HELD,
    "matching": _GIL_HELD,
}


def start(code: str) -> subprocess.Popen[str]:
    """With a floor of half a second, unless the code makes a watchdog of its own."""
    program = _START + "watchdog = Watchdog(0.5)\n" + dedent(code)
    return subprocess.Popen(
        [sys.executable, "-c", program], cwd=_ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def run(code: str) -> tuple[int, str]:
    """Its exit code and all that it said."""
    with start(code) as process:
        said, complained = process.communicate(timeout=120)
    return process.returncode, said + complained


def test_the_exit_codes_tell_what_happened() -> None:
    assert len({EXIT_STALLED, EXIT_DEVICE_LOST, _GIL_HELD, 0}) == 4


@pytest.mark.parametrize("how", ["sleeping", "multiplying"])
def test_a_hang_ends_the_process_and_says_where_it_was(how: str) -> None:
    code, said = run(f"with watchdog.step(): hang({how})")
    assert code == _HANGS[how], said
    assert f"in {how}" in said
    assert "in hang" in said


@pytest.mark.long
def test_a_step_within_twenty_times_the_median_is_slow_but_no_stall() -> None:
    code, said = run("""
        for pause in [0.05] * 20 + [0.75]:
            with watchdog.step(): time.sleep(pause)
        with watchdog.step(): hang(sleeping)
    """)
    assert "in hang" in said, "the slow step before it was taken for a stall"
    assert code == EXIT_STALLED


@pytest.mark.long
def test_a_load_has_a_budget_of_its_own_within_a_step_or_alone() -> None:
    code, said = run("""
        with watchdog.long(60): time.sleep(1)
        with watchdog.step():
            time.sleep(0.3)
            with watchdog.long(60):
                with watchdog.step(): time.sleep(1)
            time.sleep(0.3)
        print("loaded")
        with watchdog.long(0.2): hang(sleeping)
    """)
    assert "loaded" in said
    assert code == EXIT_STALLED


def test_a_load_does_not_count_as_a_step() -> None:
    code, said = run("""
        for _ in range(5):
            with watchdog.long(60): time.sleep(0.2)
        with watchdog.step(): time.sleep(1.5)
    """)
    assert code == EXIT_STALLED, said


@pytest.mark.long
def test_idle_time_is_no_stall_even_after_a_step_that_failed() -> None:
    code, said = run("""
        try:
            with watchdog.step(): 1 / 0
        except ZeroDivisionError:
            time.sleep(2.5)
        with watchdog.step(): time.sleep(0.1)
        with watchdog.step(): hang(sleeping)
    """)
    assert "in hang" in said
    assert code == EXIT_STALLED


def test_many_steps_together_are_no_stall() -> None:
    code, said = run("""
        for _ in range(400):
            with watchdog.step(): time.sleep(0.003)
    """)
    assert code == 0, said


@pytest.mark.long
def test_who_is_told_of_a_stall_is_told_once() -> None:
    code, said = run("""
        watchdog.close()
        watchdog = Watchdog(0.1, lambda: print("stalled"))
        with watchdog.step(): time.sleep(2.5)
        watchdog.close()
    """)
    assert (code, said) == (0, "stalled\n")


@pytest.mark.long
def test_closing_ends_the_thread_and_lets_the_process_be() -> None:
    code, said = run("""
        with watchdog.step():
            watchdog.close()
            assert threading.active_count() == 1
            time.sleep(2.5)
        watchdog.close()
    """)
    assert code == 0, said


@pytest.mark.long
def test_fifty_hangs_are_all_found_in_time() -> None:
    for how in [*_HANGS] * 10:
        with start(f"with watchdog.step(): hang({how})") as process:
            said, complained = process.communicate(timeout=120)
            late = time.monotonic() - float(said) - 0.5
        assert process.returncode == _HANGS[how], complained
        assert f"in {how}" in complained
        assert late < 2


@pytest.mark.long
def test_a_process_that_was_stopped_for_too_long_ends_when_it_goes_on() -> None:
    with start("with watchdog.step(): hang(looping)") as process:
        assert process.stdout is not None
        process.stdout.readline()
        os.kill(process.pid, signal.SIGSTOP)
        time.sleep(3)
        os.kill(process.pid, signal.SIGCONT)
        assert process.wait(timeout=10) in (EXIT_STALLED, _GIL_HELD)


@pytest.mark.long
def test_ten_thousand_steps_give_no_false_alarm() -> None:
    code, said = run("""
        for number in range(10_000):
            with watchdog.step(): time.sleep(0.05 if number % 100 == 0 else 0.001)
    """)
    assert code == 0, said
