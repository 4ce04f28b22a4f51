"""A newcomer's first minute, in a real browser: type, watch, look at four pictures, ask for four more."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import ActionChains, Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
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


@pytest.fixture
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
    options = ChromeOptions()
    options.binary_location = str(BROWSER)
    for argument in (*QUIET, f"user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(f"--{argument}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options, ChromeService(DRIVER))
    yield driver
    driver.quit()


def until(browser: Chrome, script: str, seconds: float = 20) -> WebElement:
    """What this JavaScript expression is, as soon as it is something."""
    return WebDriverWait(browser, seconds, 0.1).until(
        lambda driver: driver.execute_script(f"return {script}")
    )


def click(browser: Chrome, script: str) -> None:
    """What the script finds, once it is there; the page may draw it anew in between."""

    def press(driver: Chrome) -> bool:
        element = driver.execute_script(f"return {script}")
        if element:
            element.click()
        return bool(element)

    WebDriverWait(browser, 20, 0.1, [StaleElementReferenceException]).until(press)


GRIDS = (
    "[...document.querySelectorAll('[data-message-id]')]"
    ".filter(m => m.querySelectorAll('img[data-testid=attachment]').length === 4)"
)
WATCH = """
    window.seen = new Set();
    const look = () => document.querySelectorAll("[data-message-id]").forEach(message =>
        (message.textContent.match(/⏳ #\\d+|[▰▱]+ \\d+%/g) || []).forEach(text => seen.add(text)));
    new MutationObserver(look).observe(document.body, {subtree: true, childList: true, characterData: true});
"""
LOADED = f"{GRIDS}.every(m => [...m.querySelectorAll('img')].every(i => i.complete && i.naturalWidth))"
BANNER = "[...document.querySelectorAll('.banner')].some(b => b.checkVisibility())"
COMPOSER = "document.querySelector('[data-testid=composer]')"


def test_a_newcomer_types_a_command_and_gets_four_pictures_and_then_four_more(
    url: str, browser: Chrome
) -> None:
    browser.get(url)
    click(browser, "document.querySelector('[data-channel-name=studio]')")
    until(
        browser,
        "document.querySelector('[data-testid=composer]') && !document.querySelector('.banner:not([hidden])')",
    )
    browser.execute_script(WATCH)
    click(browser, f"!{BANNER} && {COMPOSER}")
    ActionChains(browser).send_keys("/imagine a red house at night", Keys.ENTER).perform()
    until(browser, f"{GRIDS}.length === 1", PICTURES_S)
    assert browser.execute_script("return seen.size") >= 2, (
        "the progress did not change before the pictures came"
    )
    until(browser, LOADED)
    keep_screenshot(browser)
    browser.find_element(By.CSS_SELECTOR, "[data-custom-id^='im1:reroll']").click()
    until(browser, f"{GRIDS}.length === 2", PICTURES_S)
    until(browser, LOADED)
    severe = [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert severe == []


def keep_screenshot(browser: Chrome) -> None:
    """With ATELIER_SCREENSHOT set, the README's picture is taken anew."""
    if target := os.environ.get("ATELIER_SCREENSHOT"):
        browser.save_screenshot(target)
