"""One headless Chromium for all browser tests, and what they share."""

import atexit
import os
import sys
import time
import unittest

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from mock_pictures import MISSING
from mock_server import MockServer

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LIBRARY = os.path.join(ROOT, "scripts", "lib")
sys.path.insert(0, LIBRARY)

BASE_URL = os.environ.get("BASE_URL", "").rstrip("/")
PATIENCE_SECONDS = float(os.environ.get("BROWSER_PATIENCE", "20"))

_browser = None


def browser():
    """The shared browser; started at the first call, quit at the end of the process."""
    global _browser
    if _browser is None:
        options = Options()
        options.binary_location = "/usr/bin/chromium"
        for argument in ("--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                         "--disable-background-networking", "--no-first-run", "--window-size=1280,900"):
            options.add_argument(argument)
        if os.geteuid() == 0:
            options.add_argument("--no-sandbox")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        _browser = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        _browser.set_page_load_timeout(PATIENCE_SECONDS)
        atexit.register(_browser.quit)
    return _browser


def size(width, height):
    """Sets the viewport, not the window."""
    browser().execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                              {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})


def media(scheme="light", motion="no-preference"):
    """What the system is said to prefer."""
    browser().execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
        {"name": "prefers-color-scheme", "value": scheme}, {"name": "prefers-reduced-motion", "value": motion}]})


def eventually(condition, what):
    """Waits until the condition gives something true, and returns it."""
    end = time.monotonic() + PATIENCE_SECONDS
    value = None
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.03)
    raise AssertionError(f"waited {PATIENCE_SECONDS:g} s for: {what}; last seen: {value!r}")


class BrowserTest(unittest.TestCase):
    """Opens pages of a mock community, which each test has to itself."""

    guilds = 1

    def setUp(self):
        self.server = MockServer(guilds=self.guilds)
        self.addCleanup(self.server.stop)
        self.addCleanup(lambda: browser().get("about:blank"))
        size(1280, 900)
        media(motion="reduce")
        browser().get_log("browser")

    def open(self, path="/"):
        browser().get(self.server.url + path)

    def open_dashboard(self, path="/"):
        self.open(path)
        self.wait_phase("live")
        eventually(lambda: self.all(".message"), "messages of the snapshot")

    def wait_phase(self, phase):
        eventually(lambda: self.all(f'.connection[data-phase="{phase}"]'), f"the connection to be {phase}")

    def all(self, selector):
        return browser().find_elements(By.CSS_SELECTOR, selector)

    def run_script(self, text, *arguments):
        return browser().execute_script(text, *arguments)

    def texts(self, selector):
        """The text of each match, read in one go, so that no element is stale."""
        return self.run_script(
            "return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent.trim())", selector)

    def in_room(self, channel_id):
        """User ids shown in a voice channel, in order."""
        return self.run_script("""return [...document.querySelectorAll(
            `[data-channel-id="${arguments[0]}"] .voice-member:not(.is-leaving)`)].map((one) => one.dataset.userId)""",
                               channel_id)

    def console_errors(self):
        """What the console calls an error; pictures that are meant to be missing are none."""
        return [entry["message"] for entry in browser().get_log("browser")
                if entry["level"] == "SEVERE" and MISSING not in entry["message"]]
