"""Rows of the database become the values of the domain, and back."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict, fields

from bot.domain.drawing import Drawing, Style
from bot.domain.job import Job, Lease, Order, Origin, Place, Placeholder, State, StoredPicture
from bot.domain.policy.actors import Usage
from bot.domain.preferences import Preferences
from bot.domain.safety import Safety
from bot.storage.database import Value
from engine.request import AdapterUse

_DRAWING = [field.name for field in fields(Drawing)]
_PICTURE = [field.name for field in fields(StoredPicture)]
_USAGE = [field.name for field in fields(Usage)]
_PREFERENCES = [field.name for field in fields(Preferences)]
_SWITCHES = ("remix", "notify", "private", "auto_dm")


def job_of(row: sqlite3.Row) -> Job:
    """The job in this row of `job`."""
    message_id = row["placeholder_message_id"]
    return Job(
        id=row["id"],
        order=_order_of(row),
        state=State(row["state"]),
        attempt=row["attempt"],
        failures=row["failures"],
        placeholder=None if message_id is None else Placeholder(row["placeholder_channel_id"], message_id),
        created_at=row["created_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        reason=row["reason"],
        deleted_at=row["deleted_at"],
        safety=Safety(row["safety"]),
    )


def _order_of(row: sqlite3.Row) -> Order:
    return Order(
        interaction_id=row["interaction_id"],
        user_id=row["user_id"],
        place=Place(row["guild_id"], row["channel_id"]),
        locale=row["locale"],
        drawing=_drawing_of(row),
        lane=row["lane"],
        upload_limit=row["upload_limit"],
        origin=Origin(row["origin"]),
        parent_id=row["parent_id"],
        parent_cell=row["parent_cell"],
        part=row["part"],
        spoiler=bool(row["spoiler"]),
        private=bool(row["private"]),
        notify=bool(row["notify"]),
        auto_dm=bool(row["auto_dm"]),
        priority=row["priority"],
    )


def _drawing_of(row: sqlite3.Row) -> Drawing:
    """RETURNING gives a whole number of a REAL column back as an int, which would change the picture's text."""
    values = {name: row[name] for name in _DRAWING}
    values |= {"guidance": float(row["guidance"]), "strength": float(row["strength"])}
    values |= {"tile": bool(row["tile"]), "style": _style_of(row["style"])}
    return Drawing(**values)


def _style_of(text: str | None) -> Style | None:
    if text is None:
        return None
    values = json.loads(text)
    return Style(**values | {"loras": tuple(AdapterUse(**use) for use in values["loras"])})


def order_values(order: Order) -> dict[str, Value]:
    """What the row of a job keeps of its order."""
    return {
        "interaction_id": order.interaction_id,
        "user_id": order.user_id,
        "guild_id": order.place.guild_id,
        "channel_id": order.place.channel_id,
        "locale": order.locale,
        "lane": order.lane,
        "upload_limit": order.upload_limit,
        "origin": order.origin,
        "parent_id": order.parent_id,
        "parent_cell": order.parent_cell,
        "part": order.part,
        "spoiler": order.spoiler,
        "private": order.private,
        "notify": order.notify,
        "auto_dm": order.auto_dm,
        "priority": order.priority,
        **{name: getattr(order.drawing, name) for name in _DRAWING},
        "style": None if order.drawing.style is None else json.dumps(asdict(order.drawing.style)),
    }


def picture_of(row: sqlite3.Row) -> StoredPicture:
    """The picture in this row of `picture`."""
    values = {name: row[name] for name in _PICTURE}
    if row["fingerprint"] is not None:
        values["fingerprint"] = row["fingerprint"] % 2**64
    return StoredPicture(**values | {"flagged": bool(row["flagged"])})


def picture_values(picture: StoredPicture) -> dict[str, Value]:
    """What the row of a picture keeps."""
    values: dict[str, Value] = {name: getattr(picture, name) for name in _PICTURE}
    if picture.fingerprint is not None:
        values["fingerprint"] = signed(picture.fingerprint)
    return values


def signed(fingerprint: int) -> int:
    """The 64 bits as SQLite keeps them: it knows no whole number above 2**63 - 1."""
    return (fingerprint + 2**63) % 2**64 - 2**63


def usage_of(row: sqlite3.Row) -> Usage:
    """The usage in this row of the statement `used`."""
    values = {name: row[name] for name in _USAGE}
    return Usage(**values | {"draining": bool(row["draining"])})


def preferences_of(row: sqlite3.Row) -> Preferences:
    """The preferences in this row of `preference`."""
    values = {name: row[name] for name in _PREFERENCES}
    return Preferences(**values | {name: bool(row[name]) for name in _SWITCHES})


def lease_values(lease: Lease) -> dict[str, Value]:
    """The fence that every write of a worker passes."""
    return {"job_id": lease.job_id, "owner": lease.owner, "attempt": lease.attempt}
