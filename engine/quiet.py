"""Keeps the libraries' progress bars, and their warnings, which repeat members' prompts, out of the terminal."""

from __future__ import annotations

from diffusers.utils import logging as diffusers_logging
from transformers.utils import logging as transformers_logging


def quieten() -> None:
    """For the whole process."""
    for logging in (diffusers_logging, transformers_logging):
        logging.set_verbosity_error()
        logging.disable_progress_bar()
