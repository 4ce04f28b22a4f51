"""Log format, and the filter that keeps tokens and prompts out of every line."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable

from rich.console import Console
from rich.logging import RichHandler

# A Discord bot token, and the token part of interaction and webhook addresses.
_SECRETS = re.compile(
    r"(?P<bot>[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,})"
    r"|(?P<path>/(?:webhooks|interactions)/\d+/)[^/\s?\"']+"
)
_MESSAGE, _TIME = "%(name)s: %(message)s", "%Y-%m-%d %H:%M:%S"
_NOISY = ("discord", "aiohttp", "PIL", "urllib3", "diffusers", "transformers")


class Redaction(logging.Filter):
    """Replaces tokens in messages, arguments and tracebacks by `[redacted]`."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._known = [s for s in secrets if s]

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self.clean(record.getMessage()), ()
        if record.exc_info:
            record.exc_text = self.clean(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        return True

    def clean(self, text: str) -> str:
        for secret in self._known:
            text = text.replace(secret, "[redacted]")
        return _SECRETS.sub(lambda m: f"{m['path'] or ''}[redacted]", text)


def set_up(level: str, secrets: Iterable[str] = (), console: Console | None = None) -> None:
    """Log to stderr at this level; libraries stay at warnings, since their debug lines hold prompts."""
    handler = _handler(console or Console(stderr=True))
    handler.addFilter(Redaction(secrets))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)


def _handler(console: Console) -> logging.Handler:
    """In colour for a terminal; elsewhere one line for each message, which a journal can store and search."""
    if console.is_terminal:
        handler: logging.Handler = RichHandler(console=console, show_path=False, log_time_format=_TIME)
        handler.setFormatter(logging.Formatter(_MESSAGE))
    else:
        handler = logging.StreamHandler(console.file)
        handler.setFormatter(logging.Formatter(f"%(asctime)s %(levelname)-8s {_MESSAGE}", _TIME))
    return handler
