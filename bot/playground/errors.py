"""Discord's refusals: HTTP status, JSON error code and sentence, as its documentation lists them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from bot.playground.wire import Json


class Refusal(Enum):
    """(HTTP status, JSON code, message) of each refusal the playground knows."""

    UNAUTHORIZED = (401, 0, "401: Unauthorized")
    NOT_FOUND = (404, 0, "404: Not Found")
    UNKNOWN_APPLICATION = (404, 10002, "Unknown Application")
    UNKNOWN_CHANNEL = (404, 10003, "Unknown Channel")
    UNKNOWN_GUILD = (404, 10004, "Unknown Guild")
    UNKNOWN_MEMBER = (404, 10007, "Unknown Member")
    UNKNOWN_MESSAGE = (404, 10008, "Unknown Message")
    UNKNOWN_USER = (404, 10013, "Unknown User")
    UNKNOWN_EMOJI = (400, 10014, "Unknown Emoji")
    UNKNOWN_WEBHOOK = (404, 10015, "Unknown Webhook")
    UNKNOWN_INTERACTION = (404, 10062, "Unknown interaction")
    UNKNOWN_COMMAND = (404, 10063, "Unknown application command")
    EXPLICIT_CONTENT = (400, 20009, "Explicit content cannot be sent to the desired recipient(s)")
    TOO_MANY_COMMANDS = (400, 30032, "Maximum number of application commands reached (100).")
    TOO_MANY_CREATES = (
        429,
        30034,
        "Max number of daily application command creates has been reached (200)",
    )
    REQUEST_TOO_LARGE = (413, 40005, "Request entity too large")
    ALREADY_ACKNOWLEDGED = (400, 40060, "Interaction has already been acknowledged.")
    MISSING_ACCESS = (403, 50001, "Missing Access")
    NOT_THE_AUTHOR = (403, 50005, "Cannot edit a message authored by another user")
    EMPTY_MESSAGE = (400, 50006, "Cannot send an empty message")
    CANNOT_DM = (403, 50007, "Cannot send messages to this user")
    MISSING_PERMISSIONS = (403, 50013, "Missing Permissions")
    INVALID_WEBHOOK_TOKEN = (401, 50027, "Invalid Webhook Token")
    INVALID_RECIPIENT = (400, 50033, "Invalid Recipient(s)")
    INVALID_JSON = (400, 50109, "The request body contains invalid JSON.")
    NO_MUTUAL_GUILDS = (403, 50278, "Cannot send messages to this user due to having no mutual guilds")
    AUTOMOD_BLOCKED = (400, 200000, "Message was blocked by automatic moderation")
    HARMFUL_LINK = (400, 240000, "Message blocked by harmful links filter")

    @property
    def status(self) -> int:
        return self.value[0]

    @property
    def code(self) -> int:
        return self.value[1]

    @property
    def sentence(self) -> str:
        return self.value[2]


class ApiError(Exception):
    """An answer that is a refusal: what a REST handler raises and the front turns into a response."""

    def __init__(self, status: int, body: Json, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status} {body.get('code')}: {body.get('message')}")
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


def refuse(refusal: Refusal) -> ApiError:
    """The error to raise for a refusal."""
    return ApiError(refusal.status, {"message": refusal.sentence, "code": refusal.code})


def invalid_form(errors: Json) -> ApiError:
    """50035 with Discord's nested `errors`: each path of the body down to a list under `_errors`."""
    return ApiError(400, {"message": "Invalid Form Body", "code": 50035, "errors": errors})


class DeniedError(Exception):
    """What Discord's own app would not let a member do; its sentence is shown to that member."""
