"""Words that would ping, link or break a message, and what is wrong with a call to Discord in which they do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from bot.playground.record import RecordedCall
from bot.playground.world import walk

MARK = "zqx"  # each payload says it; it may stand in code alone
_LINK = "https://evil.example/zqx"

PAYLOADS = [
    "@everyone zqx",
    "@here zqx",
    "zqx @everyone @here @everyone",
    "<@USER> zqx",
    "<@!USER> zqx",
    "<@&ROLE> zqx",
    "<@&GUILD> zqx",
    "<#CHANNEL> zqx",
    "</imagine:1234567890123456789> zqx",
    "</prefer option set:1234567890123456789> zqx",
    "<id:customize> zqx <id:guide>",
    "<t:0:R> zqx",
    "<t:1700000000> zqx <t:1700000000:F>",
    "<:zqx:1234567890123456789>",
    "<a:zqx:1234567890123456789>",
    f"[zqx free gifts]({_LINK})",
    f"[zqx](<{_LINK}> 'title')",
    f"[https://discord.com zqx]({_LINK})",
    f"{_LINK} zqx",
    f"<{_LINK}>",
    "zqx https://discord.gg/zqx discord.gg/zqx",
    f"![zqx]({_LINK}.png)",
    "` zqx @everyone",
    "zqx `@everyone` zqx",
    "`` zqx ` @everyone ``",
    "```zqx @everyone```",
    "```` zqx ``` @everyone ````",
    "```py zqx``` @everyone ```zqx",
    "zqx `",
    "`zqx",
    "zqx ``",
    "`` ` `` zqx `` ` ``",
    "zqx \\`@everyone\\` \\",
    "\\\\` zqx <@USER> \\\\`",
    "zqx ˋ @everyone ´ ‛ ` ′",
    "||zqx|| ||@everyone||",
    "**zqx** *zqx* ***zqx***",
    "_zqx_ __ zqx zqx __",
    "~~zqx~~",
    "# zqx",
    "### zqx",
    "> zqx",
    ">>> zqx @everyone",
    "- zqx",
    "1. zqx",
    "-# zqx small",
    "zqx\n\n# zqx\n> zqx\n-# zqx\n@everyone",
    "zqx\r\n@everyone\r`\r",
    "zqx\u2028@everyone\u2029`\x0b@here\x85",
    "<b>zqx</b><script>alert('zqx')</script><!-- zqx",
    "&lt;@USER&gt; zqx &#64;everyone",
    "zqx \u202eenoyreve@ \u202dzqx",
    "\u2066zqx \u2067 @everyone \u202b zqx",
    "zqx \u200b@\u200beveryone \u2060\ufeff\u00ad\u034f",
    "zqx " + "z\u0334\u0316\u0353\u035b" * 20 + "z" + "\u0334\u0316" * 400,
    "zqx " + "😀" * 4000,
    "zqx " + "👩‍👩‍👧‍👦" * 110 + "🏳️‍🌈🇩🇪",
    "zqx" * 1300,
    "zqx \ue000\ufffd\U0010fffd\U000e0041 ﷽ 𒐫 ꧅",
    "zqx {curly} (((round))) [[square]] $HOME %s {0} {name!r} \\n \x1b[31m",
]

_CODE = re.compile(
    r"```(?:[a-z0-9_+.#-]+?\n)?\n*[^\n][\s\S]*?\n*```"
    r"|(?P<ticks>`+)(?P<inline>[\s\S]*?[^`])(?P=ticks)(?!`)",
    re.IGNORECASE,
)
_OURS = re.compile(r"\*\*[^*\n`]*\*\*|<t:\d+:[Rf]>|^- ", re.MULTILINE)
_BIDI = r"[\u202a-\u202e\u2066-\u2069]"
_SYNTAX = re.compile(rf"{MARK}|[`@<>\[\]*\\]|\|\||~~|__|^ *(?:#|-#|-|\d+\.) |{_BIDI}", re.MULTILINE)
_LIMITS = {"label": 100, "description": 100, "placeholder": 150, "custom_id": 100, "value": 4000}


def faults(call: RecordedCall, askers: Iterable[int]) -> list[str]:
    """Each thing that is wrong with a message, a form or a choice that the bot sent; `askers` may be named."""
    body = call.json if isinstance(call.json, dict) else {}
    data = body.get("data") or body
    return [*_pings(data), *_too_long(data), *_broken(data, [f"<@{asker}>" for asker in askers])]


def escapes(text: str) -> bool:
    """Whether more than our own words stand outside of code, or the direction of writing is turned in inline code."""
    inline = [match["inline"] or "" for match in _CODE.finditer(text)]
    outside = _OURS.sub("", _CODE.sub("code", text))
    return bool(_SYNTAX.search(outside)) or any(re.search(_BIDI, each) for each in inline)


def _pings(data: Any) -> Iterator[str]:
    if "content" in data or "embeds" in data:
        allowed = data.get("allowed_mentions") or {}
        if allowed.get("parse") != [] or allowed.get("users") or allowed.get("roles"):
            yield f"it may ping: {allowed}"


def _too_long(data: Any) -> Iterator[str]:
    sized = [("content", data.get("content"), 2000), ("title", data.get("title"), 45)]
    for embed in data.get("embeds") or []:
        fields = embed.get("fields", [])
        sized += [("embed description", embed.get("description"), 4096), ("title", embed.get("title"), 256)]
        sized += [
            (key, field[key], most) for field in fields for key, most in (("name", 256), ("value", 1024))
        ]
        sized.append(("footer", embed.get("footer", {}).get("text"), 2048))
    for part in walk(data.get("components") or []):
        limits = _LIMITS | ({"label": 80} if part["type"] == 2 else {})
        for each in (part, *part.get("options", [])):
            sized += [(key, each.get(key), most) for key, most in limits.items()]
    sized += [("choice", choice["name"], 100) for choice in data.get("choices") or []]
    sized += [("alt text", file.get("description"), 1024) for file in data.get("attachments") or []]
    for name, text, most in sized:
        if isinstance(text, str) and (units := len(text.encode("utf-16-le")) // 2) > most:
            yield f"{name} has {units} of {most}: {text[:60]!r}"


def _broken(data: Any, named: list[str]) -> Iterator[str]:
    for text in _formatted(data):
        for each in named:
            text = text.replace(each, "")
        if escapes(text):
            yield f"it is not all code: {text!r}"


def _formatted(data: Any) -> Iterator[str]:
    yield data.get("content") or ""
    for embed in data.get("embeds") or []:
        yield embed.get("description") or ""
        yield from (field["value"] for field in embed.get("fields", []))
