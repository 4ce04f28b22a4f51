"""What `/help` says, topic by topic."""

from __future__ import annotations

from dataclasses import dataclass

import discord

from bot.ui.languages import translate
from bot.ui.render import ACCENT
from engine.sentence import Sentence, say


@dataclass(frozen=True, slots=True)
class Topic:
    """A page of help."""

    title: Sentence
    text: Sentence


TOPICS: dict[str, Topic] = {
    "start": Topic(
        say("How it works"),
        say(
            "Type `/imagine` and describe a picture. Four come back, with buttons:\n"
            "**U1–U4** show one of them alone, **V1–V4** draw others like it, 🔄 draws four new ones, "
            "✏️ lets you change the words.\n"
            "❤️ keeps a picture, 📋 copies its words, ✉️ sends it to you, 🗑️ deletes it.\n"
            "`/queue` shows your place in line, `/history` your pictures. More: `/help flags`, `/help prompt`, "
            "`/help picture`."
        ),
    ),
    "flags": Topic(
        say("Flags at the end of a prompt"),
        say(
            "`--ar 3:2` shape · `--no people, text` · `--seed 7` the same picture again · `--count 2`\n"
            "`--model name` · `--style name` · `--steps 30` · `--cfg 7` how strictly · `--sampler euler_a`\n"
            "`--quality 2` (.25 to 2) times the model's steps · `--stop 60` leaves off after 60 % of them\n"
            "`--stylize 0–1000` freedom: 0 is 1.5 × the model's guidance, 100 its own, 1000 half of it\n"
            "`--chaos 0–100` moves the guidance of each picture by up to half, and shuffles phrases between commas\n"
            "`--iw 0–2` weight of your picture: 0 ignores it, 1 is the usual, 2 keeps most of it\n"
            "`--tile` edges that meet · `--repeat 3` three requests · `--spoiler` · `--private` as a direct message"
        ),
    ),
    "prompt": Topic(
        say("What a prompt can say"),
        say(
            "`(word:1.3)` matters more, `[word]` less; `cats::2 dogs::1` weighs parts against each other.\n"
            "`a {{red, blue}} house` asks for both, one request each. `__animals__` takes a word of the owner's list.\n"
            "`<name>` is a word that was trained here; see `/embeddings`.\n"
            "A plain brace or dash is written `\\{{` and `\\--`."
        ),
    ),
    "picture": Topic(
        say("What can be done with a picture"),
        say(
            "**Vary** draws others like it: Subtle stays close, Strong goes far, Region redraws a part.\n"
            "**Upscale** makes it 2 or 4 times as large; the footer says how. **Zoom Out** and arrows show more.\n"
            "**Tweak** changes model, shape, sampler or style, **Remix** the words.\n"
            "Right-click any picture, then *Apps*: its record, Upscale, Vary, use as a start image, or a report."
        ),
    ),
    "privacy": Topic(
        say("Who sees what"),
        say(
            "Prompts and pictures stay on the owner's machine. `--private` answers by direct message.\n"
            "Files expire after a while; 🗑️ deletes yours at once. *Report* tells the owner what is wrong."
        ),
    ),
}  # fmt: skip


def page(topic: str, locale: str) -> discord.Embed:
    """The first topic where there is no such one."""
    found = TOPICS.get(topic, TOPICS["start"])
    title, text = translate(found.title, locale), translate(found.text, locale)
    return discord.Embed(title=title, description=text, colour=ACCENT)
