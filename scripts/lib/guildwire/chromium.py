"""Chromium without a window, for tests that drive the whole as people do: one browser is one person."""

import os
import urllib.parse

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from .processes import wait_for

PATIENCE_SECONDS = 30


def chromium():
    options = Options()
    options.binary_location = "/usr/bin/chromium"
    for flag in ("--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,1000", "--no-first-run"):
        options.add_argument(flag)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)


class Person:
    """Somebody at a browser, who knows the site by its address alone."""

    def __init__(self, base):
        self.base, self.driver = base, chromium()
        self.driver.set_page_load_timeout(PATIENCE_SECONDS)

    def quit(self):
        self.driver.quit()

    def open(self, path):
        self.driver.get(self.base + path)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def script(self, text, *arguments):
        return self.driver.execute_script(text, *arguments)

    def texts(self, selector):
        return self.script("return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent.trim())", selector)

    def wait(self, what, condition, seconds=PATIENCE_SECONDS):
        return wait_for(what, condition, seconds)

    def click(self, selector, words=None):
        """The first visible match, with these words if any."""
        def found():
            return next((one for one in self.all(selector) if one.is_displayed() and words in (None, one.text.strip())), None)
        self.wait(f"{selector} {words or ''}", found).click()

    def log_in(self, role, path="/"):
        """By the simulator's page of consent, as one of its four people."""
        self.open(path)
        self.click(".gate a", "Log in with Discord")
        self.click(f'input[data-role="{role}"]')
        self.click('button[name="decision"][value="authorize"]')
        self.wait("to be back", lambda: self.is_at(path))

    def is_at(self, path):
        """A page may say more in its address than was asked for."""
        here, wanted = (urllib.parse.urlsplit(one) for one in (self.driver.current_url, self.base + path))
        return here[:3] == wanted[:3] and set(wanted.query.split("&")) - {""} <= set(here.query.split("&"))

    def is_at_the_gate(self):
        return bool(self.texts(".gate-title"))

    def complaints(self):
        """What the console calls an error."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]
