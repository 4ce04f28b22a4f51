"""Every REST call with its answer, in the form in which the conformance check reads it."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.playground.wire import Json

KEPT = 20_000
UPDATE_MESSAGE = 7


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart body, without its bytes."""

    name: str
    filename: str | None
    content_type: str | None
    size: int


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """One call as it came; `path` is without /api/v10, `status` is None when no true answer left the server.

    An answer that a scripted fault put in place of the real one is in `injected`, not in `status`.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    content_type: str | None
    json: Any
    parts: tuple[Part, ...]
    status: int | None
    response: Any
    injected: int | None = None

    def line(self) -> Json:
        """The JSON object of one line."""
        return {
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "headers": self.headers,
            "content_type": self.content_type,
            "json": as_described(self.json),
            "parts": [
                {"name": part.name, "filename": part.filename, "content_type": part.content_type}
                for part in self.parts
            ],
            "status": self.status,
            "response": self.response,
            "injected": self.injected,
        }


def as_described(body: Any) -> Any:
    """The body without habits of discord.py 2.7.1 that Discord takes but its description omits: ids of recipients,
    of message references and of who may be mentioned as integers, and `tts` in UPDATE_MESSAGE answers."""
    if not isinstance(body, dict):
        return body
    kept = dict(body)
    if isinstance(kept.get("recipient_id"), int):
        kept["recipient_id"] = str(kept["recipient_id"])
    if isinstance(kept.get("message_reference"), dict):
        reference = kept["message_reference"]
        ids = {key: str(reference[key]) for key in reference if key.endswith("_id")}
        kept["message_reference"] = reference | ids
    mentions = kept.get("allowed_mentions")
    if isinstance(mentions, dict) and mentions.get("users"):
        kept["allowed_mentions"] = mentions | {"users": [str(each) for each in mentions["users"]]}
    if kept.get("type") == UPDATE_MESSAGE and isinstance(kept.get("data"), dict):
        kept["data"] = {key: value for key, value in kept["data"].items() if key != "tts"}
    return kept


class Record:
    """The last calls, oldest first."""

    def __init__(self, kept: int = KEPT) -> None:
        self.calls: deque[RecordedCall] = deque(maxlen=kept)

    def add(self, call: RecordedCall) -> None:
        self.calls.append(call)

    def matching(self, method: str, path_part: str) -> list[RecordedCall]:
        """The calls with this method whose path contains `path_part`."""
        return [call for call in self.calls if call.method == method and path_part in call.path]

    def write(self, path: Path) -> None:
        """Write one JSON object a line, readable by check_spec.py."""
        path.write_text("".join(json.dumps(call.line()) + "\n" for call in self.calls), encoding="utf-8")
