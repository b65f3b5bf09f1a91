"""Takes the pictures for the README:  /usr/bin/python3 Tests/Browser/screenshots.py [--base-url URL] [--out specs/images]
With --all FOLDER every page of the made-up community instead, at three widths in both themes, to be looked at.

Without a base address it starts the made-up community. An overlay is shown over a picture, as a video would be.
"""

import argparse
import pathlib
import random
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import support
from mock_server import PUBLIC, MockServer

BACKDROP = """document.documentElement.style.background = `url("data:image/svg+xml,${encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 128 72">'
    + '<path fill="#9cc3cf" d="M0 0h128v72H0z"/><circle cx="98" cy="17" r="7" fill="#fbf1d0"/>'
    + '<path fill="#6d9ca4" d="M0 44l22-18 18 13 24-22 30 26 34-15v44H0z"/><path fill="#3f6f6c" d="M0 56l30-12 34 12 28-9 36 12v13H0z"/>'
    + '<path fill="#24484a" d="M0 66l40-7 48 6 40-7v14H0z"/></svg>')}") center / cover fixed`"""


def settle(ready, what):
    support.eventually(lambda: support.browser().execute_script(f"return {ready}"), what)
    time.sleep(1.5)        # pictures come in, movements end


SIZES = ((390, 844), (1280, 800), (2560, 1440))
# Name, address, what is there once it is drawn.
PAGES = [("live", "/?guild=101", ".message"), ("activity", "/?guild=101&view=activity", ".activity-view:not([aria-busy])"),
         ("overlays", "/?guild=101&view=overlays", ".overlays-view:not([aria-busy])"),
         ("builder", "/?guild=101&view=overlays&overlay=voice", ".overlays-view:not([aria-busy])"),
         ("system", "/?guild=101&view=system", ".system-view:not([aria-busy])"),
         ("settings", "/?guild=101&view=settings", ".settings-view:not([aria-busy])"),
         ("account", "/account", ".session"), ("keys", "/guilds/101/keys", ".key"), ("rules", "/guilds/101/settings", ".setting"),
         ("audit", "/guilds/101/audit", ".audit-entry"), ("docs", "/api/docs", ".operation")]


def take_all(folder):
    """Every page; then the overlays over a picture; the way in; the demo; and what stands there before there is a guild."""
    server, browser = MockServer(), support.browser()
    access = server.access
    access.add_key(name="Stream scene", channels=["201", "301"])
    access.add_key(name="Script", kind="api", tier="pro")
    for number in range(12):
        access.note("101", "makeKey", target=f"Key {number}", outcome=("changed", "refused")[number % 2])
    server.faces.add_preset(name="Evening")
    server.step(60)

    def shots(name, address, selector, schemes=("light", "dark"), over=False):
        for width, height in SIZES:
            support.size(width, height)
            for scheme in schemes:
                support.media(scheme, "reduce")
                browser.get(server.url + address)
                support.eventually(lambda: browser.execute_script("return document.querySelector(arguments[0]) !== null", selector), name)
                if server.community.guilds:
                    server.step(15)
                time.sleep(1)
                if over:
                    browser.execute_script(BACKDROP)
                browser.save_screenshot(str(folder / f"{name}-{scheme}-{width}.png"))
        print(name, flush=True)

    for page in PAGES:
        shots(*page)
    for path in sorted(PUBLIC.glob("overlays/*/index.html")):
        shots(f"overlay-{path.parent.name}", f"/overlays/{path.parent.name}?guild=101&sample=1", "html[data-connection], main *", ("dark",), True)
    access.user = None
    shots("gate", "/", ".gate")
    access.access = "open"
    shots("demo", "/", ".message")
    server.community.guilds.clear()
    shots("first-run", "/", ".first-run-view:not([aria-busy])")
    server.stop()


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--base-url")
    options.add_argument("--out", default="specs/images")
    options.add_argument("--seconds", type=float, default=100, help="how long to watch before the first picture")
    options.add_argument("--all", type=pathlib.Path, metavar="FOLDER", help="every page, three widths, both themes")
    chosen = options.parse_args()
    if chosen.all:
        chosen.all.mkdir(parents=True, exist_ok=True)
        return take_all(chosen.all)
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
    for name, scheme, address, ready in (("activity", "light", "/?view=activity", "document.querySelector('.activity-view canvas') !== null"),
                                         ("builder", "dark", "/?view=overlays&overlay=voice&style=glass", "document.querySelector('.overlays-view iframe') !== null")):
        support.media(scheme, "no-preference")
        browser.get(base + address)
        settle(ready, name)
        take(f"{name}-{scheme}-1280")
    support.media("light", "no-preference")
    support.size(1280, 720)
    browser.get(f"{base}/overlays/scene?sample=still")
    settle("document.querySelector('.voice-member') !== null", "the scene")
    browser.execute_script(BACKDROP)
    take("scene-1280")
    if server:
        server.stop()


if __name__ == "__main__":
    main()
