"""People, roles and channels chosen on the page, in a real browser: as options, in selects and in a form."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.common.keys import Keys

from bot.playground import Playground
from tests.browser.test_playground_page import BROWSER, DIALOG, DRIVER, NEWEST, READY, click, headless, until
from tests.playground.studio_bot import StudioBot

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not (BROWSER and DRIVER), reason="chromium and chromedriver are not installed"),
]
ROWS = "[...document.querySelectorAll('.list:popover-open .list-row')]"
SUGGESTED = "document.querySelector('[data-testid=suggestions] [aria-selected=true]')"
OPTIONS = {
    "role": "mod",
    "channel": "house",
    "anyone": "ben",
    "most": "7",
    "share": "0.25",
    "enabled": "fal",
}
CHOICES = {
    "users": ("Ben", "Member:ben"),
    "roles": ("Moderator", "Role:Moderator"),
    "anyone": ("@everyone", "Role:@everyone"),
    "channels": ("The house", "CategoryChannel:The house"),
}


async def test_people_roles_and_channels_are_chosen_on_the_page(
    playground: Playground, bot: StudioBot, tmp_path: Path
) -> None:
    await asyncio.to_thread(drive, playground.url, tmp_path)


def drive(url: str, profile: Path) -> None:
    with headless(profile) as browser:
        browser.get(f"{url}#/studio")
        act_as(browser, "Max")
        fill_in_a_command(browser)
        type_keys(browser, "/pickers", Keys.ENTER, Keys.ENTER)
        for custom_id, (label, said) in CHOICES.items():
            choose(browser, "document", custom_id, label)
            until(browser, f"{NEWEST}.textContent.includes('{said}')")
        type_keys(browser, "/assign", Keys.ENTER, Keys.ENTER)
        for custom_id, (label, _) in CHOICES.items():
            choose(browser, DIALOG, custom_id, label)
        click(browser, f"{DIALOG}.querySelector('[data-testid=modal-submit]')")
        said = ", ".join(said for _, said in CHOICES.values())
        until(browser, f"!{DIALOG} && {NEWEST}.textContent.includes('{said}')")
        act_as(browser, "Ada")
        type_keys(browser, "/admin policy show", Keys.ENTER)
        until(browser, "document.body.innerText.includes('There is no command /admin here.')")


def act_as(browser: Chrome, name: str) -> None:
    click(browser, "document.querySelector('[data-testid=member-switcher]')")
    click(
        browser,
        f"[...document.querySelectorAll('[role^=menuitem]')].find(e => e.textContent.includes('{name}'))",
    )
    until(browser, f"document.querySelector('[data-testid=member-switcher]').textContent.includes('{name}')")


def fill_in_a_command(browser: Chrome) -> None:
    type_keys(browser, "/admin policy set", Keys.ENTER, Keys.ENTER)
    for name, typed in OPTIONS.items():
        type_keys(browser, f"{name}: {typed}")
        picks = name not in {"most", "share"}
        if picks:
            until(browser, SUGGESTED)
        type_keys(browser, Keys.ENTER if picks else Keys.TAB)
    type_keys(browser, Keys.ENTER)
    said = "guild Role:Moderator CategoryChannel:The house Member:ben 7 0.25 False"
    until(browser, f"{NEWEST}.textContent.includes('{said}')")


def choose(browser: Chrome, inside: str, custom_id: str, label: str) -> None:
    click(browser, f"{inside}?.querySelector('.select[data-custom-id={custom_id}]')")
    click(browser, f"{ROWS}.find(row => row.innerText.split('\\n').includes('{label}'))")
    click(browser, "document.querySelector('.list:popover-open .list-done')")


def type_keys(browser: Chrome, *keys: str) -> None:
    click(browser, READY)
    ActionChains(browser).send_keys(*keys).perform()
