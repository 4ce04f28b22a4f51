"""What members write in a prompt, read and written: flags, permutations, wildcards and weights."""

from bot.domain.syntax.permutations import expand
from bot.domain.syntax.prompt import Parsed, parse, render
from bot.domain.syntax.shortcuts import check_shortcut
from bot.domain.syntax.wildcards import fill

__all__ = ["Parsed", "check_shortcut", "expand", "fill", "parse", "render"]
