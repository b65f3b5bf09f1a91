"""What people control, at its worst (mock_hostile.py), on every page that shows it: harmless, in its place, and the page goes on."""

import unittest

import mock_hostile
from mock_hostile import BIDI, IN_VOICE, LONG, MARKUP, NAMES, ZALGO
from mock_server import PUBLIC
from support import BrowserTest, browser, eventually, size

WIDTHS = ((390, 844), (1280, 900))
# Address, and what is there once it is drawn.
PAGES = {"/account": ".session", "/guilds/101/keys": ".key", "/guilds/101/settings": ".setting", "/guilds/101/audit": ".audit-entry"}
VIEWS = [name for name in ("activity", "overlays", "system", "settings") if (PUBLIC / "dashboard" / name).is_dir()]
OVERLAYS = sorted(path.parent.name for path in PUBLIC.glob("overlays/*/*.js") if path.stem == path.parent.name)
# What was made of data: an element, or a handler.
MADE = """return [...document.querySelectorAll('img[src="x"], svg[onload], [onerror], script:not([src])')].map((one) => one.outerHTML.slice(0, 200).toWellFormed())"""
# Who shows a name of these does so in an element of its own, that closes what the name leaves open; or the text closes it itself.
NOT_ISOLATED = """const found = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const text = walk.currentNode.data, one = walk.currentNode.parentElement;
        // What is only read out has no place that it could be turned around in.
        if (!text.includes('\\u202e') || !one.checkVisibility() || one.closest('.visually-hidden')) continue;
        let box = one;
        while (box.parentElement && getComputedStyle(box).display === 'contents') box = box.parentElement;
        const style = getComputedStyle(box);
        const isApart = style.display !== 'inline' || /isolate|plaintext/.test(style.unicodeBidi);
        const isClosed = /\\u2068[^]*\\u2069/.test(text);
        // Behind the name, where it stands in a text with others' words.
        const rest = text.slice(text.lastIndexOf('\\u202d') + 1).replace(/[\\s,.;:!?"'”’)\\]]/gu, '');
        if (!isClosed && (!isApart || rest !== '')) found.push(`${one.tagName}.${one.className}: ${text.slice(0, 60).toWellFormed()}`);
    }
    return [...new Set(found)].slice(0, 10)"""
# Panels and rows that lie over each other; what is drawn outside the window; zalgo whose ink nothing near holds back.
OUT_OF_PLACE = """const found = [], width = document.documentElement.clientWidth;
    const shown = (selector) => [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility());
    const name = (one) => `${one.tagName}.${one.className} ${one.textContent.trim().slice(0, 30).toWellFormed()}`;
    const groups = [shown('main .panel'), shown('.top-bar > *, .site-bar > *'), shown('.stat-strip > *')];
    for (const group of groups) for (const [index, one] of group.entries()) for (const other of group.slice(index + 1)) {
        const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
        const over = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const under = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (over > 1 && under > 1) found.push(`${name(one)} lies over ${name(other)}`);
    }
    const clips = (one) => { const style = getComputedStyle(one);
        return style.overflowX !== 'visible' || style.overflowY !== 'visible' || /paint|strict|content/.test(style.contain); };
    for (const one of shown('body *')) {
        if (one.children.length || !one.textContent.trim() || one.closest('option, .visually-hidden, noscript')) continue;
        let [left, right, box] = [0, width, one];
        const edge = one.getBoundingClientRect();
        if (!edge.width || !edge.height) continue;
        while (box && !clips(box)) box = box.parentElement;
        if (edge.right > width + 1 && !box) found.push(`beyond the window: ${name(one)}`);
        if (/\\p{M}{9}/u.test(one.textContent)) {
            const isRow = box?.matches('li, article, p, dd, h1, h2, h3, button, a, label, select, .key, .session, [data-user-id]');
            if (!isRow && (!box || box.getBoundingClientRect().height > 120)) found.push(`ink not held: ${name(one)}`);
        }
    }
    return [...new Set(found)].slice(0, 12)"""
NONSENSE = r"""return (document.body.innerText.match(/[^\n]*(NaN|undefined|Infinity|\[object|Invalid Date)[^\n]*/g) ?? []).slice(0, 5).map((one) => one.slice(0, 200).toWellFormed())"""


class HostileTest(BrowserTest):
    def setUp(self):
        super().setUp()
        self.hostility = mock_hostile.fill(self.server)

    def assertHarmless(self, where):
        self.assertIsNone(self.run_script("return window.hacked ?? null"), where)
        self.assertEqual(self.run_script(MADE), [], where)
        self.assertEqual(self.run_script(NONSENSE), [], where)
        self.assertLessEqual(self.run_script("return document.documentElement.scrollWidth"),
                             self.run_script("return window.innerWidth"), f"{where} scrolls sideways")
        self.assertEqual(self.run_script(OUT_OF_PLACE), [], where)
        self.assertEqual(self.run_script(NOT_ISOLATED), [], where)
        # What our own rules of security refuse was asked for all the same.
        self.assertEqual([one[:200] for one in self.console_errors() if "Failed to load resource" not in one], [], where)

    def show(self, path, selector, width, height):
        size(width, height)
        self.open(path)
        eventually(lambda: self.all(selector), f"{selector} on {path}")
        eventually(lambda: self.run_script("return document.readyState !== 'loading'"), "the page")

    def live_on(self):
        """Everything happens once with every name, and the page has drawn it."""
        for event, payload in self.hostility.events():
            self.server.emit(event, payload)
        self.server.emit("message.created", self.hostility.message(next(self.hostility.written), "and the page goes on"))

    def test_live(self):
        for width, height in WIDTHS:
            self.show("/?guild=101", ".message", width, height)
            self.assertHarmless(f"snapshot at {width}")
            self.live_on()
            eventually(lambda: self.texts(".message-text")[-1:] == ["and the page goes on"], "what happened last")
            for switch in range(max(1, len(self.all(".view-switch button")))):
                self.run_script("document.querySelectorAll('.view-switch button')[arguments[0]]?.click()", switch)
                self.assertHarmless(f"events at {width}, {switch}")
            self.assertIn(MARKUP, self.texts(".message-text"))

    def test_two_thousand_in_voice_and_five_hundred_channels(self):
        self.show("/?guild=101", ".voice-member", *WIDTHS[1])
        self.assertEqual(self.texts("[data-stat=voice] .stat-value"), [f"{IN_VOICE:,}"])
        # One more comes, and one of the many goes: seen, and not at the cost of all that is there.
        room = next(one for one in self.hostility.channels if one["type"] == 2)
        self.run_script("""window.touched = 0; new MutationObserver((all) => { window.touched += all.length })
            .observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true })""")
        newcomer = {**self.hostility.in_voice(8001, room), "displayName": "Newcomer"}
        self.server.emit("voice.joined", newcomer)
        eventually(lambda: self.texts("[data-stat=voice] .stat-value") == [f"{IN_VOICE + 1:,}"], "the count")
        self.server.emit("voice.left", newcomer)
        eventually(lambda: self.texts("[data-stat=voice] .stat-value") == [f"{IN_VOICE:,}"], "the count")
        self.assertLess(self.run_script("return window.touched"), 2000)
        self.assertLess(self.run_script("return document.querySelectorAll('*').length"), 60_000)

    def test_what_is_read_out_is_short(self):
        self.show("/?guild=101", ".voice-member", *WIDTHS[1])
        room = next(one for one in self.hostility.channels if one["type"] == 2)
        for number in range(4):
            self.server.emit("voice.joined", {**self.hostility.in_voice(8100 + number, room), "displayName": f"{number}{LONG}"})
        said = eventually(lambda: self.texts("#announcer")[0], "an announcement")
        self.assertIn("W", said)
        self.assertLess(len(said), 400)

    def test_views(self):
        for view in VIEWS:
            for width, height in WIDTHS:
                with self.subTest(view=view, width=width):
                    self.show(f"/?guild=101&view={view}", f".{view}-view:not([aria-busy])", width, height)
                    self.live_on()
                    eventually(lambda: not self.all("[aria-busy=true]"), "what is loaded")
                    self.assertHarmless(f"{view} at {width}")

    def test_pages(self):
        for path, selector in PAGES.items():
            for width, height in WIDTHS:
                with self.subTest(page=path, width=width):
                    self.show(path, selector, width, height)
                    self.run_script("for (const one of document.querySelectorAll('details')) one.open = true")
                    self.assertHarmless(f"{path} at {width}")

    def test_overlays(self):
        # Otherwise a feed shows none of it.
        self.server.access.settings["101"]["badWords"] = []
        for name in OVERLAYS:
            for width, height in WIDTHS:
                with self.subTest(overlay=name, width=width):
                    self.show(f"/overlays/{name}?guild=101", "html[data-connection=live]", width, height)
                    self.live_on()
                    if name in ("voice", "scene"):
                        eventually(lambda: self.all("[data-user-id]"), "people")
                    self.settle()
                    self.assertHarmless(f"{name} at {width}")

    def test_the_feed_overlay_shows_what_was_written(self):
        self.server.access.settings["101"]["badWords"] = []
        # Without those who join: their times lie in the future, and stand before what is written now.
        self.show("/overlays/feed?guild=101&show=messages", "html[data-connection=live]", *WIDTHS[0])
        self.server.emit("message.created", self.hostility.message(next(self.hostility.written), MARKUP))
        eventually(lambda: MARKUP[:20] in self.run_script("return document.body.textContent"), "what was written")
        self.assertHarmless("what was written")

    def settle(self):
        """Two frames behind what was last sent."""
        last = self.server.log[-1]["id"]
        self.assertTrue(last)
        browser().execute_async_script("const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()))")

    def test_pictures_that_never_come_are_initials(self):
        self.show("/?guild=101", ".voice-member", *WIDTHS[1])
        ids = [str(30_000 + number) for number in range(3)]
        shown = """return arguments[0].map((id) => { const one = document.querySelector(`[data-user-id="${id}"] .avatar`);
            const image = one?.querySelector('img'); return !one ? 'not there' : image && image.checkVisibility() && image.naturalWidth === 0
                ? 'a broken picture' : one.querySelector('.avatar-initials')?.textContent ? 'initials' : 'nothing' })"""
        eventually(lambda: self.run_script(shown, ids) == ["initials"] * 3, "initials")
        # They hold connections of the browser's six to this site, and all else still comes.
        self.server.emit("message.created", self.hostility.message(9001, "beside pictures that hang"))
        eventually(lambda: "beside pictures that hang" in self.texts(".message-text"), "the message")
        foreign = "return [...document.images].map((one) => one.src).filter((one) => one && !one.startsWith(`${location.origin}/`))"
        self.assertEqual(self.run_script(foreign), [])

    def test_a_viewers_clock_that_is_wrong(self):
        for days in (-3000, 3000):
            name = browser().execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": f"""{{
                const real = Date.now.bind(Date); Date.now = () => real() + {days} * 86400000; }}"""})["identifier"]
            try:
                self.show("/?guild=101", ".message", *WIDTHS[1])
                self.live_on()
                eventually(lambda: "and the page goes on" in self.texts(".message-text"), "what happened last")
                self.wait_phase("live")
                self.assertHarmless(f"{days} days off")
            finally:
                browser().execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", {"identifier": name})

    def test_the_trial_would_notice(self):
        self.show("/?guild=101", ".message", *WIDTHS[1])
        self.run_script("""const [bidi, zalgo, long] = arguments, main = document.querySelector('main'), make = (text, style) => {
                const one = document.createElement('p'); one.textContent = text; main.append(one); one.style.cssText = style; };
            make(`${bidi} joined the room`, ''); make(zalgo, 'position: fixed; top: 300px; overflow: visible');
            make(long, 'position: absolute; left: 0; white-space: nowrap')""", BIDI, ZALGO, LONG)
        self.assertTrue(any("P." in one for one in self.run_script(NOT_ISOLATED)))
        self.assertTrue(self.run_script(OUT_OF_PLACE))
        self.assertTrue(NAMES)


if __name__ == "__main__":
    unittest.main()
