"""Every route that might lead a guest to a black fish, by name."""

from __future__ import annotations

from typing import Any

from tests.demo.routes import STRENGTHS
from tests.scenario import fish_drawn, fish_shown
from tests.scenario.aquarium import A_HOUSE, BLACK_FISH, FREE, PLACES, Route

BUTTONS = (
    "Vary (Subtle)", "Vary (Strong)", "🔄", "Upscale 2x", "Upscale 4x", "Zoom Out 1.5x", "Zoom Out 2x",
    "⬅️", "➡️", "⬆️", "⬇️", "Make Square", "✉️", "❤️", "📋", "U1", "V2",
)  # fmt: skip
MENUS = ("Upscale", "Vary", "Use as start image", "Picture info")
FORMS: dict[str, dict[str, Any]] = {
    "Vary (Region)": {"prompt": A_HOUSE, "strength": "0.3", "cells": ["1"]},
    "Custom Zoom": {"prompt": BLACK_FISH, "factor": "1.3"},
    "Tweak": {"flags": "--steps 4 --cfg 5"},
    "Remix": {"prompt": BLACK_FISH, "flags": "--steps 4"},
}
ROUTES: dict[str, tuple[Route, int]] = {
    "plain words": (fish_drawn.by_plain_words, 1),
    "words": (fish_drawn.by_words, 20),
    "slow": (fish_drawn.slowly, 3),
    "taught word": (fish_drawn.by_a_word_that_was_taught, 3),
    "style": (fish_drawn.by_a_style, 1),
    "own flag": (fish_drawn.by_a_flag_of_ones_own, 1),
    "suffix": (fish_drawn.by_a_suffix, 1),
    "wildcard": (fish_drawn.by_a_wildcard, 1),
    "several": (fish_drawn.by_several_at_once, 2),
    "grid": (fish_drawn.in_a_grid, 3),
    **{f"fish {strength}": (fish_drawn.from_a_fish(strength), 1) for strength in STRENGTHS},
    **{f"other {strength}": (fish_drawn.from_another_picture(strength), 1) for strength in STRENGTHS},
    "mask": (fish_drawn.through_a_mask, 3),
    "blend": (fish_drawn.by_blending, 2),
    "enlarged upload": (fish_drawn.by_enlarging_an_upload, 1),
    "menu on an upload": (fish_drawn.by_a_menu_on_somebodys_picture, 3),
    "hash": (fish_drawn.by_its_hash, 2),
    "region": (fish_drawn.in_a_region, 3),
    "other words": (fish_drawn.by_other_words, 4),
    "remixed": (fish_drawn.by_remixed_buttons, 2),
    "around": (fish_drawn.around_another_picture, 3),
    **{f"old {button}": (fish_shown.pressing(button), 1) for button in BUTTONS},
    **{f"old {button}": (fish_shown.pressing(button, **answers), 1) for button, answers in FORMS.items()},
    **{f"old {menu}": (fish_shown.using(menu), 1) for menu in MENUS},
    **{f"shown from {place}": (fish_shown.shown_from(place), 1) for place in [FREE, *PLACES]},
    "expired": (fish_shown.by_a_file_that_has_expired, 1),
    "lists": (fish_shown.in_the_keepers_lists, 1),
    "letter": (fish_shown.by_a_letter, 1),
    "private": (fish_shown.in_private, 1),
    "copy": (fish_shown.with_a_copy, 1),
    "direct messages": (fish_shown.in_direct_messages, 1),
    "moderator": (fish_shown.after_a_moderator, 3),
}
"""Each with how often it is taken in each place."""
