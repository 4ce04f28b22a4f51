"""What a button, select or modal says when it is used: version, action, subject, and nothing that could grow old."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from bot.service.asker import Spot

VERSION = 2
_PATTERN = re.compile(
    r"im(?P<version>\d{1,3}):(?P<action>[a-z_]{1,20}):(?P<subject>[a-z0-9]{1,64})"
    r"(?::(?P<cell>\d{1,2})(?::(?P<extra>.{1,60}))?)?"
)


class Action(StrEnum):
    """What can be pressed. A name stays for ever: it is on old messages."""

    CANCEL = "cancel"
    REROLL = "reroll"
    REDRAW = "redraw"
    PICK = "pick"
    VARY_SUBTLE = "vary_subtle"
    VARY_STRONG = "vary_strong"
    REGION = "region"
    UPSCALE = "upscale"
    ZOOM = "zoom"
    CUSTOM_ZOOM = "custom_zoom"
    SQUARE = "square"
    PAN = "pan"
    TWEAK = "tweak"
    REMIX = "remix"
    FAVOURITE = "favourite"
    COPY = "copy"
    SEND = "send"
    DELETE = "delete"
    CONFIRM = "confirm"
    DISCARD = "discard"
    SHOW = "show"
    PAGE = "page"
    START = "start"
    UPLOADED = "uploaded"
    REPORT = "report"
    SETTING = "setting"
    REVIEW = "review"
    APPROVE = "approve"
    REJECT = "reject"
    FORGET = "forget"
    POLICY = "policy"
    POLICY_WHOLE = "policy_whole"
    POLICY_SCOPE = "policy_scope"
    POLICY_VALUE = "policy_value"
    POLICY_TAKE = "policy_take"
    POLICY_RESET = "policy_reset"
    PRESET = "preset"
    CLEAR = "clear"
    LIST = "list"
    ANNOUNCE = "announce"


@dataclass(frozen=True, slots=True)
class Press:
    """`subject` is a job, or what else the action is about; `cell` counts from 0."""

    action: Action
    subject: str
    cell: int = 0
    extra: str = ""

    @property
    def spot(self) -> Spot:
        """The picture that it is about, where its subject is a job."""
        return Spot(self.subject, self.cell)

    @property
    def custom_id(self) -> str:
        """`im2:vary_strong:k3j5x7ab2c:1`"""
        tail = f":{self.extra}" if self.extra else ""
        return f"im{VERSION}:{self.action}:{self.subject}:{self.cell}{tail}"


def parse(custom_id: str) -> Press | None:
    """None for what no version of ours up to this one has written."""
    match = _PATTERN.fullmatch(custom_id)
    if match is None or int(match["version"]) > VERSION or match["action"] not in set(Action):
        return None
    return Press(Action(match["action"]), match["subject"], int(match["cell"] or 0), match["extra"] or "")
