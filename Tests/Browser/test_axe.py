"""axe-core on every page, in both themes, on a phone and on a desk: no violation, best practice included.

Not asked of axe: what it leaves to people ("incomplete"); screenshots.py is for that. It judges a page, not what it frames: those
are pages of their own.
"""

import os
import unittest

from mock_access import DAY, now_ms
from mock_server import PUBLIC
from support import LIBRARY, ROOT, BrowserTest, browser, eventually, media, size

assert LIBRARY
from guildwire import axe  # noqa: E402

SCRATCH = os.environ.get("GUILDWIRE_SCRATCH", os.path.join(ROOT, ".build"))
WIDTHS = ((390, 844), (1280, 900))
THEMES = ("light", "dark")
# Rules that are not asked, by kind of page, and why.
LEFT_OUT = {
    # An overlay lies over a video that axe cannot see, and nobody reads it with a screen reader in OBS: it is a part of a picture.
    "overlay": ("color-contrast", "page-has-heading-one", "region", "landmark-one-main", "heading-order"),
    "page": (),
}
JUDGE = """const [leftOut, done] = arguments;
    const rules = Object.fromEntries(leftOut.map((name) => [name, { enabled: false }]));
    axe.run(document, { rules, iframes: false, resultTypes: ['violations'] }).then((found) => done({
        passes: found.passes.length,
        violations: found.violations.flatMap(({ id, nodes }) => nodes.map((one) =>
            `${id}: ${one.target.join(' ')}  ${one.html.slice(0, 120)}  ${one.failureSummary.replace(/\\s+/g, ' ').slice(0, 200)}`)),
    })).catch((problem) => done({ passes: 0, violations: [String(problem)] }));"""
VIEWS = [name for name in ("live", "activity", "overlays", "system", "settings") if (PUBLIC / "dashboard" / name).is_dir()]
OVERLAYS = sorted(path.parent.name for path in PUBLIC.glob("overlays/*/*.js") if path.stem == path.parent.name)


class AxeTest(BrowserTest):
    @classmethod
    def setUpClass(cls):
        # A Failure here fails all of them: without its judge nothing is known of a page.
        cls.source = axe.source(SCRATCH)

    def setUp(self):
        super().setUp()
        access = self.access = self.server.access
        access.add_key(name="Stream scene", channels=["201", "301"])
        access.add_key(name="Script", kind="api", tier="pro", expires=now_ms() + DAY)
        access.note("101", "makeKey", target="Stream scene", outcome="refused", count=12)
        self.server.faces.add_preset(name="Evening")

    def violations(self, kind="page"):
        """Of what is shown now, in both themes."""
        found = []
        if not self.run_script("return 'axe' in window"):
            self.run_script(self.source)
        for theme in THEMES:
            media(scheme=theme, motion="reduce")
            result = browser().execute_async_script(JUDGE, LEFT_OUT[kind])
            self.assertTrue(result["passes"] or result["violations"], "axe judged nothing")
            found += [f"{theme}: {one}" for one in result["violations"]]
        return found

    def judge(self, path, selector, kind="page", prepare=None):
        found = []
        for width, height in WIDTHS:
            size(width, height)
            self.open(path)
            eventually(lambda: any(one.is_displayed() for one in self.all(selector)), f"{selector} on {path}")
            if prepare:
                prepare()
            found += [f"{width} {one}" for one in self.violations(kind)]
        self.assertEqual(found, [], path)

    def open_details(self):
        self.run_script("for (const one of document.querySelectorAll('details')) one.open = true")

    def test_dashboard(self):
        self.judge("/?guild=101", ".message, .voice-member", prepare=lambda: self.server.step(30))

    def test_dashboard_views(self):
        for view in VIEWS:
            with self.subTest(view=view):
                self.judge(f"/?guild=101&view={view}", "main *")

    def test_builder(self):
        def settled():
            eventually(lambda: self.all(".presets > *") and not self.all(".builder .grey-rows"), "the presets")
        for query in ("overlay=voice", "overlay=feed", "overlay=scene", "overlay=stat&tab=presets", "overlay=milestones&tab=use"):
            with self.subTest(query=query):
                self.judge(f"/?guild=101&view=overlays&{query}", ".builder-title", prepare=settled)

    def test_dashboard_in_trouble(self):
        self.server.community.guilds.clear()
        self.server.faces.set_step("intents", "problem", "Message Content is off.", "Switch it on.")
        self.judge("/", ".step")

    def test_views_in_trouble(self):
        self.access.has_database = False
        self.server.faces.system["problems"] = [{"what": "It broke.", "advice": "Mend it.", "severity": "bad"}]
        self.server.faces.bot["missing"] = [{"permission": "MANAGE_ROLES", "for": "giving and taking roles"}]
        self.server.faces.bot["channels"] = [{"id": "1", "name": "rules", "type": 0, "missing": ["SEND_MESSAGES"]}]
        self.server.has_charts = False
        for view, selector in (("activity", ".state-card"), ("system", ".problem"), ("settings", ".state-card")):
            with self.subTest(view=view):
                self.judge(f"/?guild=101&view={view}", selector)
        self.access.has_database = True
        self.judge("/?guild=101&view=activity", ".numbers")
        self.judge("/?guild=101&view=settings&part=bot", ".lack")

    def test_login_gate(self):
        self.access.user = None
        self.judge("/", ".gate")

    def test_open_demo(self):
        self.access.user, self.access.access = None, "open"
        self.judge("/", ".message, .voice-member")

    def test_account(self):
        self.judge("/account", ".session")

    def test_keys(self):
        self.judge("/guilds/101/keys", ".key", prepare=self.open_details)

    def test_key_form(self):
        def form():
            self.run_script("document.querySelector('[data-make=api]').click()")
            eventually(lambda: self.all("dialog[open]"), "the form")
        self.judge("/guilds/101/keys", ".key", prepare=form)

    def test_settings(self):
        self.judge("/guilds/101/settings", ".setting")

    def test_audit(self):
        self.judge("/guilds/101/audit", ".audit-entry", prepare=self.open_details)

    def test_docs(self):
        self.judge("/api/docs", ".operation", prepare=self.open_details)

    def test_overlays(self):
        for name in OVERLAYS:
            with self.subTest(overlay=name):
                self.judge(f"/overlays/{name}?guild=101", "html[data-connection=live]", "overlay")

    def test_a_fault_is_found(self):
        self.open("/account")
        eventually(lambda: self.all(".session"), "the page")
        self.run_script("""const one = document.createElement('button');
            document.querySelector('main').append(one)""")
        self.assertIn("button-name", " ".join(self.violations()))


if __name__ == "__main__":
    unittest.main()
