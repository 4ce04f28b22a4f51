"""The playground's page in a real browser: a newcomer's first minute, forms, menus, and a window as wide as a phone."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import ActionChains, Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.actions.pointer_input import PointerInput
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    not (BROWSER and DRIVER), reason="chromium and chromedriver are not installed"
)
PICTURES_S = 120
QUIET = (
    "headless=new", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-sync",
    "disable-background-networking", "disable-component-update", "window-size=1280,900", "hide-scrollbars",
)  # fmt: skip


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """`atelier playground`, as `make playground` starts it, on any free port."""
    command = [sys.executable, "-m", "bot", "playground", "--port", "0"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "COLUMNS": "100"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            yield next(
                found[0] for line in process.stdout if (found := re.search(r"http://127\.0\.0\.1:\d+/", line))
            )
        finally:
            process.terminate()


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Chrome]:
    with headless(tmp_path) as driver:
        yield driver


@contextmanager
def headless(folder: Path) -> Iterator[Chrome]:
    """A browser without a window, in whose log nothing severe may stand in the end."""
    options = ChromeOptions()
    options.binary_location = str(BROWSER)
    for argument in (*QUIET, f"user-data-dir={folder / 'profile'}"):
        options.add_argument(f"--{argument}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options, ChromeService(DRIVER))
    try:
        yield driver
        assert [entry["message"] for entry in driver.get_log("browser") if entry["level"] == "SEVERE"] == []
    finally:
        driver.quit()


def until(browser: Chrome, script: str, seconds: float = 20) -> WebElement:
    """What this JavaScript expression is, as soon as it is something."""
    return WebDriverWait(browser, seconds, 0.1).until(
        lambda driver: driver.execute_script(f"return {script}")
    )


def click(browser: Chrome, script: str, seconds: float = 20) -> None:
    """What the script finds, once it is there; the page may draw it anew in between."""

    def press(driver: Chrome) -> bool:
        element = driver.execute_script(f"return {script}")
        if element:
            element.click()
        return bool(element)

    WebDriverWait(browser, seconds, 0.1, [StaleElementReferenceException]).until(press)


MESSAGES = "[...document.querySelectorAll('[data-message-id]')]"
NEWEST = f"{MESSAGES}.at(-1)"
GRIDS = f"{MESSAGES}.filter(m => m.querySelectorAll('img[data-testid=attachment]').length === 4)"
WATCH = f"""
    window.seen = new Set();
    const look = () => {MESSAGES}.forEach(message =>
        (message.textContent.match(/⏳ #\\d+|[▰▱]+ \\d+%/g) || []).forEach(text => seen.add(text)));
    new MutationObserver(look).observe(document.body, {{subtree: true, childList: true, characterData: true}});
"""
LOADED = f"{GRIDS}.every(m => [...m.querySelectorAll('img')].every(i => i.complete && i.naturalWidth))"
BANNER = "[...document.querySelectorAll('.banner')].some(b => b.checkVisibility())"
READY = f"!{BANNER} && document.querySelector('[data-testid=composer]')"
DIALOG = "document.querySelector('dialog[open]')"
MENU = "[...document.querySelectorAll('[data-testid=menu] [data-command]')]"
TOUCHABLE = f"""
    return [...{NEWEST}.querySelectorAll('[data-custom-id]')].filter(button => {{
        button.scrollIntoView({{block: "center"}});
        const box = button.getBoundingClientRect();
        return button.contains(document.elementFromPoint(box.x + 3, box.y + 3))
            && button.contains(document.elementFromPoint(box.right - 3, box.bottom - 3));
    }}).length
"""


def test_a_newcomer_types_a_command_and_gets_four_pictures_and_then_four_more(
    url: str, browser: Chrome
) -> None:
    browser.get(url)
    click(browser, "document.querySelector('[data-channel-name=studio]')")
    until(browser, READY)
    browser.execute_script(WATCH)
    ask(browser, "a red house at night")
    until(browser, f"{GRIDS}.length === 1", PICTURES_S)
    assert browser.execute_script("return seen.size") >= 2, (
        "the progress did not change before the pictures came"
    )
    until(browser, LOADED)
    keep_screenshot(browser)
    press(browser, "reroll")
    until(browser, f"{GRIDS}.length === 2", PICTURES_S)
    until(browser, LOADED)


@pytest.mark.long
def test_one_picture_of_a_grid_is_drawn_anew_in_the_fields_that_were_chosen(
    url: str, browser: Chrome
) -> None:
    browser.get(f"{url}#/gallery")
    ask(browser, "a red house --count 2 --steps 4")
    press(browser, "pick")
    press(browser, "region")
    click(browser, f"{DIALOG}?.querySelector('.select')")
    for field in ("Middle", "Bottom right"):
        click(browser, f"[...document.querySelectorAll('.list-row')].find(r => r.textContent === '{field}')")
    click(browser, "document.querySelector('.list-done')")
    assert until(browser, f"{DIALOG}.querySelector('.select')").text == "Middle, Bottom right"
    click(browser, f"{DIALOG}.querySelector('[data-testid=modal-submit]')")
    until(
        browser,
        f"!{DIALOG} && {NEWEST}.querySelector('.embed')?.innerText.includes('Vary (Region)')",
        PICTURES_S,
    )


@pytest.mark.long
def test_a_right_click_on_a_picture_leads_to_its_record(url: str, browser: Chrome) -> None:
    browser.get(f"{url}#/gallery")
    ask(browser, "a blue boat --count 1 --steps 4 --seed 77")
    ActionChains(browser).context_click(finished_picture(browser, "a blue boat")).perform()
    click(browser, f"{MENU}.find(entry => entry.textContent === 'Picture info')")
    record = until(browser, "document.querySelector('.message.ephemeral .embed')").get_attribute("innerText")
    words = " ".join((record or "").split())
    assert words.startswith("a blue boat Model demo Seed 77")


@pytest.mark.long
def test_a_window_as_wide_as_a_phone_scrolls_one_way_and_answers_a_finger(url: str, browser: Chrome) -> None:
    narrow = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", narrow)
    browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
    browser.get(f"{url}#/gallery")
    type_line(browser, "/settings", Keys.ENTER)
    until(browser, f"{NEWEST}?.querySelectorAll('.select').length === 4")
    ask(browser, "a yellow flower --count 1 --steps 4")
    picture = finished_picture(browser, "a yellow flower")
    width, shown = browser.execute_script(
        "return [innerWidth, document.querySelector('#scroller').scrollWidth]"
    )
    assert width == shown == 390
    buttons = browser.execute_script(f"return {NEWEST}.querySelectorAll('[data-custom-id]').length")
    assert browser.execute_script(TOUCHABLE) == buttons > 15
    rest_finger(browser, picture)
    until(browser, f"{MENU}.length === 5")


def ask(browser: Chrome, words: str) -> None:
    """Type `/imagine` with these words, and send it."""
    type_line(browser, f"/imagine {words}")


def type_line(browser: Chrome, line: str, *more: str) -> None:
    """Into the composer, with Enter, which picks a command that stands alone; `more` may send it."""
    click(browser, READY)
    ActionChains(browser).send_keys(line, Keys.ENTER, *more).perform()


def press(browser: Chrome, action: str) -> None:
    """The first such button of the newest message, once that message has one."""
    click(browser, f"{NEWEST}?.querySelector('[data-custom-id*=\":{action}:\"]')", PICTURES_S)


def finished_picture(browser: Chrome, words: str) -> WebElement:
    """The newest message's picture, once it is the one of these words with its buttons."""
    done = f"{NEWEST}?.querySelector('[data-custom-id*=\":region:\"]')"
    right = f"{done} && {NEWEST}.textContent.includes('{words}')"
    return until(browser, f"{right} && {NEWEST}.querySelector('.picture')", PICTURES_S)


def rest_finger(browser: Chrome, target: WebElement) -> None:
    """A long press."""
    touch = ActionBuilder(browser, mouse=PointerInput("touch", "finger"))
    touch.pointer_action.move_to(target).pointer_down().pause(0.7).pointer_up()
    touch.perform()


def keep_screenshot(browser: Chrome) -> None:
    """With ATELIER_SCREENSHOT set, the README's picture is taken anew."""
    if target := os.environ.get("ATELIER_SCREENSHOT"):
        browser.save_screenshot(target)
