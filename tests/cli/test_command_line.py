"""The command line: errors are one sentence with the right exit code, and never a traceback."""

from __future__ import annotations

import asyncio
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import discord
import pytest
from PIL import Image

from bot.playground import Playground
from bot.storage.database import locked

CONFIG_ERROR = 78


def atelier(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parents[2]
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(root), "ATELIER_ENGINE__THREADS": "1", "COLUMNS": "300"}
        | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_broken_config_is_one_sentence_and_exit_78(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[engine]\ndevice = 'gpu'")
    done = atelier(tmp_path, "migrate")
    assert done.returncode == CONFIG_ERROR
    assert re.fullmatch(
        r"atelier: config\.toml: engine\.device is 'gpu', but .*; for example: 'auto'\.\n", done.stderr
    )


def test_square_brackets_in_a_sentence_are_shown(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[[models]]\nname = 'a'\nsource = 'x'\n" * 2)
    assert "give each [[models]] a name of its own" in atelier(tmp_path, "doctor").stderr


def test_run_without_a_token_says_where_to_put_it(tmp_path: Path) -> None:
    done = atelier(tmp_path, "run")
    assert done.returncode == CONFIG_ERROR
    assert "ATELIER_DISCORD__TOKEN" in done.stderr
    assert "Traceback" not in done.stderr


def test_help_names_every_command(tmp_path: Path) -> None:
    done = atelier(tmp_path, "--help")
    names = (
        "run playground imagine doctor migrate backup restore export retention allow-guild broadcast bench"
    )
    for command in names.split():
        assert f" {command} " in done.stdout


@pytest.mark.long
def test_imagine_writes_numbered_pictures(tmp_path: Path) -> None:
    done = atelier(tmp_path, "imagine", "a red fish", "--count", "2", "--steps", "2", "--seed", "5")
    assert done.returncode == 0, done.stderr
    assert "out-1.png  seed 5" in done.stdout
    for number in (1, 2):
        assert Image.open(io.BytesIO((tmp_path / f"out-{number}.png").read_bytes())).size == (128, 128)


@pytest.mark.long
def test_imagine_takes_flags_from_the_prompt_and_options_before_them(tmp_path: Path) -> None:
    done = atelier(tmp_path, "imagine", "a red fish --ar 64x128 --seed 5 --steps 0 --tiel", "--seed", "6")
    assert done.returncode == 0, done.stderr
    assert "out.png  seed 6" in done.stdout
    assert "steps: 0 → 1" in done.stdout
    assert "did you mean `--tile`?" in done.stdout
    assert Image.open(tmp_path / "out.png").size == (64, 128)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["imagine", " "], "prompt is empty"),
        (["imagine", "x", "--model", "dmo"], "did you mean `demo`"),
        *(
            pytest.param(arguments, expected, marks=pytest.mark.long)
            for arguments, expected in (
                (["imagine", "x", "--out", "nowhere/x.png"], "does not exist"),
                (["imagine", "x", "--image", "nothing.png"], "cannot be read"),
                (["imagine", "x", "--seed", "-1"], "from 0 to 4294967295"),
                (["imagine", "x --seed banana"], "`--seed 7`"),
                (["imagine", f"x --image {'0f' * 32}"], "from a file with the option --image"),
            )
        ),
    ],
)
def test_imagine_answers_bad_input_with_a_sentence(
    tmp_path: Path, arguments: list[str], expected: str
) -> None:
    done = atelier(tmp_path, *arguments)
    assert done.returncode == 1
    assert expected in done.stderr
    assert "Traceback" not in done.stderr


def test_migrate_makes_the_database_and_then_has_nothing_to_do(tmp_path: Path) -> None:
    assert "0001_jobs.sql" in atelier(tmp_path, "migrate").stdout
    assert "nothing to do" in atelier(tmp_path, "migrate").stdout


@pytest.mark.long
def test_backup_copies_the_database_of_a_running_bot_and_says_where(tmp_path: Path) -> None:
    missing = atelier(tmp_path, "backup", "elsewhere")
    assert (missing.returncode, "There is no database" in missing.stderr) == (1, True)
    atelier(tmp_path, "migrate")
    (database,) = tmp_path.rglob("atelier.db")
    with locked(database):  # as a bot does
        done = atelier(tmp_path, "backup", "elsewhere")
        again = atelier(tmp_path, "backup", "elsewhere")
    assert done.returncode == 0, done.stderr
    assert re.search(
        r"elsewhere/atelier\.db: .* MiB, checked\. 0 pictures of .*elsewhere/pictures\.txt", done.stdout
    )
    assert (tmp_path / "elsewhere" / "atelier.db").is_file()
    assert "choose another folder, such as elsewhere-2" in again.stderr


def test_doctor_finds_the_demo_model_and_misses_the_token(tmp_path: Path) -> None:
    done = atelier(tmp_path, "doctor")
    assert done.returncode == 1
    assert re.search(r"token +│ no ", done.stdout)
    assert re.search(r"model demo +│ ok ", done.stdout)
    assert re.search(r"device +│ ok ", done.stdout)


@pytest.mark.long
def test_doctor_refuses_a_model_that_is_a_pickle_unread(tmp_path: Path) -> None:
    (tmp_path / "evil.safetensors").write_bytes(b"cos\nsystem\n(S'touch owned'\ntR.")
    (tmp_path / "config.toml").write_text("[[models]]\nname = 'evil'\nsource = 'evil.safetensors'")
    done = atelier(tmp_path, "doctor")
    assert re.search(r"model evil +│ no ", done.stdout)
    assert not (tmp_path / "owned").exists()


@pytest.mark.long
async def test_doctor_names_the_permission_that_is_missing(tmp_path: Path) -> None:
    async with Playground() as playground:
        environment = playground.endpoints.to_environment() | {"ATELIER_DISCORD__TOKEN": playground.token}
        done = await asyncio.to_thread(atelier, tmp_path, "doctor", **environment)
        assert done.returncode == 0, done.stdout
        assert re.search(r"token +│ ok +│ valid; invite the bot with https://discord", done.stdout)
        assert re.search(r"permissions in Atelier Playground +│ ok +│ complete", done.stdout)
        for role in playground.world.guild.roles.values():
            role.permissions &= ~discord.Permissions(attach_files=True, administrator=True).value
        done = await asyncio.to_thread(atelier, tmp_path, "doctor", **environment)
        assert done.returncode == 1
        assert "missing: attach_files" in done.stdout
        done = await asyncio.to_thread(
            atelier, tmp_path, "doctor", **environment | {"ATELIER_DISCORD__TOKEN": "wrong"}
        )
        assert "Discord refuses it" in done.stdout
