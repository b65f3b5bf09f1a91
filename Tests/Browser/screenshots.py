"""Takes the pictures for the README:  /usr/bin/python3 Tests/Browser/screenshots.py [--base-url URL] [--out specs/images]

Without a base address it starts the made-up community. The overlay is shown over a picture, as a video would be.
"""

import argparse
import pathlib
import random
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import support
from mock_server import MockServer

BACKDROP = """document.documentElement.style.background = `url("data:image/svg+xml,${encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 128 72">'
    + '<path fill="#9cc3cf" d="M0 0h128v72H0z"/><circle cx="98" cy="17" r="7" fill="#fbf1d0"/>'
    + '<path fill="#6d9ca4" d="M0 44l22-18 18 13 24-22 30 26 34-15v44H0z"/><path fill="#3f6f6c" d="M0 56l30-12 34 12 28-9 36 12v13H0z"/>'
    + '<path fill="#24484a" d="M0 66l40-7 48 6 40-7v14H0z"/></svg>')}") center / cover fixed`"""


def settle(ready, what):
    support.eventually(lambda: support.browser().execute_script(f"return {ready}"), what)
    time.sleep(1.5)        # pictures come in, movements end


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--base-url")
    options.add_argument("--out", default="specs/images")
    options.add_argument("--seconds", type=float, default=100, help="how long to watch before the first picture")
    chosen = options.parse_args()
    out = pathlib.Path(chosen.out)
    out.mkdir(parents=True, exist_ok=True)
    server = None if chosen.base_url else MockServer()
    base = chosen.base_url or server.url
    browser = support.browser()

    pace = random.Random(1)

    def live():
        end = time.monotonic() + chosen.seconds
        while time.monotonic() < end:
            if server:
                server.step()
            time.sleep(pace.choice([0.1, 0.2, 0.3, 0.6, 1.2]))
        time.sleep(0.5)

    def take(name):
        browser.save_screenshot(str(out / f"{name}.png"))
        print(f"{name}.png {(out / f'{name}.png').stat().st_size // 1024} kB")

    def look(width, height, name):
        support.size(width, height)
        for scheme in ("light", "dark"):
            support.media(scheme, "no-preference")
            time.sleep(0.8)
            take(f"{name}-{scheme}-{width}")

    support.size(1280, 800)
    browser.get(f"{base}/")
    settle("document.querySelector('.message') !== null", "the dashboard")
    live()
    look(1280, 800, "dashboard")
    look(390, 844, "dashboard")
    browser.execute_script("document.querySelector('.view-switch button').click()")
    look(390, 844, "dashboard-voice")
    support.media("light", "no-preference")
    for width, query in ((1280, "?scale=1.2"), (390, "?align=right&scale=0.9")):
        support.size(width, 720)
        browser.get(f"{base}/overlays/voice{query}")
        settle("document.querySelector('.voice-member') !== null", "the overlay")
        browser.execute_script(BACKDROP)
        take(f"overlay-{width}")
    if server:
        server.stop()


if __name__ == "__main__":
    main()
