"""How much of our own code has to come before somebody sees their community: under 100 kB, as it is sent (gzip, which web sends too).

What that is in source, comments and all, is bounded as well, so that compression hides no growth.
"""

import unittest

from support import BrowserTest, browser, eventually

SENT_MAX, SOURCE_MAX = 100_000, 260_000
# Notes, before the page's own scripts run, when the first of what people do stands in the page and has been painted.
WATCH = """addEventListener('DOMContentLoaded', () => {
    const seen = () => document.querySelector('[data-message-id], [data-user-id]');
    const note = () => requestAnimationFrame(() => setTimeout(() => { window.meaningfulPaint ??= performance.now(); }));
    if (seen()) return note();
    const observer = new MutationObserver(() => { if (seen()) { observer.disconnect(); note(); } });
    observer.observe(document.body, { subtree: true, childList: true });
});"""
# [path, bytes, bytes as sent] of each page, script and style sheet of ours that had come by then.
COME = """const own = (one) => one.name.startsWith(location.origin) && !/\\/api\\/|\\/pictures\\/|\\/avatars\\/|\\/icons\\//.test(one.name);
    return [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
        .filter((one) => own(one) && one.responseEnd <= window.meaningfulPaint)
        .map((one) => [new URL(one.name).pathname, one.decodedBodySize, one.encodedBodySize])"""


class WeightTest(BrowserTest):
    def test_the_first_meaningful_paint_needs_little(self):
        name = browser().execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})["identifier"]
        self.addCleanup(browser().execute_cdp_cmd, "Page.removeScriptToEvaluateOnNewDocument", {"identifier": name})
        browser().execute_cdp_cmd("Network.setCacheDisabled", {"cacheDisabled": True})
        self.addCleanup(browser().execute_cdp_cmd, "Network.setCacheDisabled", {"cacheDisabled": False})
        self.open("/?guild=101")
        eventually(lambda: self.run_script("return window.meaningfulPaint ?? null"), "the first of what people do")
        come = {path: sizes for path, *sizes in self.run_script(COME)}
        # What the worker loads is in no page's list: the server knows.
        with self.server.changed:
            come |= {path: sizes for path, *sizes in self.server.served if "worker" in path or path == "/shared/event-stream.js"}
        source, sent = (sum(sizes[which] for sizes in come.values()) for which in (0, 1))
        largest = sorted(come.items(), key=lambda one: -one[1][1])[:12]
        self.assertIn("/dashboard/dashboard.js", come)
        self.assertIn("/shared/stream-worker.js", come)
        self.assertGreater(sent, 20_000, "that is not all of it")
        self.assertLess(sent, SENT_MAX, f"{len(come)} files: {largest}")
        self.assertLess(source, SOURCE_MAX, f"{len(come)} files: {largest}")
        print(f"({len(come)} files, {sent:,} bytes, of {source:,} of source) ", end="", flush=True)


if __name__ == "__main__":
    unittest.main()
