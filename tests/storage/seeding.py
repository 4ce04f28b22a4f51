"""Rows as other parts of the bot leave them, written straight into the tables."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path

from bot.storage.pseudonyms import Pseudonyms
from tests.storage.making import Clock

NOW = Clock().ms
GUILD = 2**62 + 5
MODERATOR = 2**61 + 3


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A second connection beside the bot's; it commits at the end."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        yield connection


def insert(connection: sqlite3.Connection, table: str, **values: object) -> None:
    places = ", ".join(f":{name}" for name in values)
    connection.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places})", values)


def insert_job(connection: sqlite3.Connection, number: int, user_id: int, **changes: object) -> str:
    """A delivered job and its lane; its id is `job` and the number."""
    values: dict[str, object] = {
        "id": f"job{number}",
        "number": number,
        "interaction_id": 1_000_000 + number,
        "user_id": user_id,
        "guild_id": GUILD,
        "channel_id": 3,
        "locale": "de",
        "upload_limit": 2**40,
        "lane": f"{GUILD}:newcomers",
        "prompt": f"prompt {number}",
        "negative": "",
        "model": "demo",
        "seed": number,
        "count": 1,
        "width": 128,
        "height": 128,
        "steps": 25,
        "guidance": 3.5,
        "sampler": "",
        "strength": 0.5,
        "state": "delivered",
        "placeholder_channel_id": 3,
        "placeholder_message_id": 2_000_000 + number,
        "created_at": NOW - 1000 + number,
        "finished_at": NOW,
    } | changes
    connection.execute(
        "INSERT INTO lane (name, served) VALUES (?, 0) ON CONFLICT DO NOTHING", [values["lane"]]
    )
    connection.execute("INSERT INTO guild (id) VALUES (?) ON CONFLICT DO NOTHING", [values["guild_id"] or 0])
    insert(connection, "job", **values)
    return str(values["id"])


def insert_picture(
    connection: sqlite3.Connection, job_id: str, sha256: str, cell: int = 0, **changes: object
) -> None:
    values: dict[str, object] = {"job_id": job_id, "cell": cell, "seed": 1, "sha256": sha256, "width": 128}
    values |= {"height": 128, "seconds": 1.5, "model_hash": "m" * 64}
    insert(connection, "picture", **values | changes)


@dataclass(frozen=True)
class Words:
    """What only this member ever typed, and, in the last two, what only others wrote about them."""

    prompt: str
    negative: str
    suffix: str
    shortcut: str
    flags: str
    draft: str
    report: str
    optout: str
    note: str
    block: str
    act: str


def words_of(user_id: int) -> Words:
    return Words(**{field.name: f"the {field.name} of member {user_id % 1000:03}" for field in fields(Words)})


def settle(path: Path, pseudonyms: Pseudonyms, user_id: int, first: int, files: list[str]) -> None:
    """Give a member something in every table: a job for each file from the number `first` on, and all else once."""
    words, member = words_of(user_id), pseudonyms.of(user_id)
    here: dict[str, object] = {"guild_id": GUILD}
    theirs = here | {"user_id": user_id, "created_at": NOW}
    style = json.dumps({"name": "ink", "prompt": "", "negative": "", "loras": []})
    said = {"negative": words.negative, "style": style, "lane": f"{GUILD}:{member}"}
    with opened(path) as db:
        add = partial(insert, db)
        for number, sha256 in enumerate(files, first):
            job_id = insert_job(db, number, user_id, prompt=f"{words.prompt}, {number}", **said)
            insert_picture(db, job_id, sha256)
            add("posting", message_id=3_000_000 + number, channel_id=3, job_id=job_id)
            add("debit", id=job_id, member=member, at=NOW, milliseconds=1500, **here)
        add("review", job_id=f"job{first}", created_at=NOW, decided_at=NOW, approved=1, **here)
        add("takedown", sha256=f"{first:064x}", job_id=f"job{first}", at=NOW, **here)
        add("favourite", user_id=user_id, job_id=f"job{first}", cell=0, created_at=NOW)
        add("preference", user_id=user_id, suffix=words.suffix, locale="de")
        add("shortcut", user_id=user_id, name=words.shortcut, flags=words.flags)
        draft = json.dumps({"prompt": words.draft})
        add("draft", id=f"draft{first}", user_id=user_id, words=draft, created_at=NOW)
        add("report", channel_id=3, message_id=9, reason=words.report, **theirs)
        add("optout", name=words.optout, note=words.note, **theirs)
        add("rule", layer="user", target_id=user_id, setting="cooldown", value="5", **here)
        add("block", member=member, reason=words.block, **theirs)
        add("audit", at=NOW, actor_id=MODERATOR, act="block", target_id=user_id, detail=words.act, **here)
        add("audit", at=NOW, actor_id=user_id, act="move", job_id=f"job{first}", detail=words.act, **here)


def contents(path: Path) -> dict[str, list[dict[str, object]]]:
    """All rows of all tables."""
    with opened(path) as db:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {table: [dict(row) for row in db.execute(f"SELECT * FROM {table}")] for table in tables}
