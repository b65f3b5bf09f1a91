"""One browser, one stream: however many tabs and overlays there are, by each of the ways a browser may have."""

import unittest

from support import BrowserTest, browser, eventually

TABS = 8


class Sharing:
    """What holds for every way; `without` names what the browser is made to lack."""

    without = []

    def setUp(self):
        super().setUp()
        self.first = browser().current_window_handle
        self.tabs = []
        self.addCleanup(self.close_tabs)

    def close_tabs(self):
        for tab in self.tabs:
            browser().switch_to.window(tab)
            browser().close()
        browser().switch_to.window(self.first)

    def open_tab(self, path="/tests/tab.html"):
        browser().switch_to.new_window("tab")
        lacks = "".join(f"delete globalThis.{name};" for name in self.without)
        browser().execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": lacks})
        self.open(path)
        self.tabs.append(browser().current_window_handle)
        return self.tabs[-1]

    def close_tab(self, tab):
        browser().switch_to.window(tab)
        browser().close()
        self.tabs.remove(tab)
        browser().switch_to.window(self.tabs[0])

    def in_tab(self, tab, script):
        browser().switch_to.window(tab)
        return self.run_script(f"return {script}")

    def seen(self, tab):
        return self.in_tab(tab, "window.__seen")

    def start(self, count=TABS):
        tabs = []
        for number in range(count):
            tabs.append(self.open_tab())
            eventually(lambda: self.seen(tabs[-1]), f"a snapshot in tab {number}")
            self.server.step(2)
        return tabs

    def ids(self, tab):
        return [text.split(" ")[1] for text in self.seen(tab)]

    def wait_for_last(self, tabs):
        """Each tab has the newest event, and every one since its snapshot, once."""
        last = self.server.log[-1]["id"]
        for tab in tabs:
            eventually(lambda: self.ids(tab)[-1:] == [last], f"{last} in {tab}")
            seen = self.seen(tab)
            self.assertEqual([text for text in seen if text.startswith("snapshot")], seen[:1])
            begin = self.ids(tab)[0]
            log = [envelope["id"] for envelope in self.server.log]
            behind = log[log.index(begin) + 1:] if begin in log else log
            self.assertEqual(self.ids(tab)[1:], behind)

    def wait_for_streams(self, count):
        eventually(lambda: self.server.streams_open == count, f"{count} open stream(s), not {self.server.streams_open}")

    def test_every_tab_shows_every_event_and_the_server_sees_one_stream(self):
        tabs = self.start()
        self.wait_for_streams(1)
        self.server.step(20)
        self.wait_for_last(tabs)
        self.assertEqual([self.in_tab(tab, "window.__stream.state.phase") for tab in tabs], ["live"] * TABS)

    def test_tabs_that_close_take_nothing_with_them_and_the_last_one_takes_the_stream(self):
        tabs = self.start(4)
        for tab in tabs[:3]:
            self.close_tab(tab)
            self.server.step(10)
        self.wait_for_last(tabs[3:])
        self.wait_for_streams(1)
        browser().switch_to.window(tabs[3])
        self.open("/tests/unit.html")
        self.wait_for_streams(0)

    def test_a_server_that_ends_the_stream_ends_it_for_nobody(self):
        tabs = self.start(3)
        self.server.end_streams()
        self.server.step(5)
        self.wait_for_last(tabs)
        self.wait_for_streams(1)

    def test_another_key_is_another_stream(self):
        tabs = self.start(2) + [self.open_tab("/tests/tab.html?key=k") for _ in range(2)]
        for tab in tabs[2:]:
            eventually(lambda: self.seen(tab), "a snapshot")
        self.wait_for_streams(2)
        self.server.step(3)
        self.wait_for_last(tabs)

    def test_a_page_that_comes_back_from_history_goes_on(self):
        tabs = self.start(2)
        browser().switch_to.window(tabs[1])
        self.open("/tests/unit.html")
        browser().back()
        eventually(lambda: self.seen(tabs[1]), "a snapshot")
        self.server.step(3)
        last = self.server.log[-1]["id"]
        for tab in tabs:
            eventually(lambda: self.ids(tab)[-1:] == [last], f"{last} in {tab}")
        self.wait_for_streams(1)


class ByWorker(Sharing, BrowserTest):
    def test_dashboard_and_overlays_share(self):
        dashboard = self.open_tab("/")
        overlays = [self.open_tab(f"/overlays/voice?scale={number}") for number in range(1, 8)]
        for tab in overlays:
            browser().switch_to.window(tab)
            eventually(lambda: self.all(".voice-member"), "people in voice")
        browser().switch_to.window(dashboard)
        self.wait_phase("live")
        eventually(lambda: self.all(".message"), "messages")
        self.wait_for_streams(1)
        self.assertEqual(self.console_errors(), [])

    def test_a_worker_that_cannot_be_had_is_done_without(self):
        browser().switch_to.new_window("tab")
        self.tabs.append(browser().current_window_handle)
        source = "globalThis.SharedWorker = class { constructor() { this.port = new MessageChannel().port1;" \
                 " queueMicrotask(() => this.onerror()); } }"
        browser().execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": source})
        self.open("/tests/tab.html")
        eventually(lambda: self.seen(self.tabs[-1]), "a snapshot")


class ByLeader(Sharing, BrowserTest):
    without = ["SharedWorker"]

    def test_the_next_leader_goes_on_from_the_last_event(self):
        tabs = self.start(3)
        self.server.step(5)
        self.wait_for_last(tabs)
        last = self.server.log[-1]["id"]
        self.close_tab(tabs[0])
        self.server.step(5)
        self.wait_for_last(tabs[1:])
        self.assertEqual(self.server.stream_requests[-1][0].get("lastEventId"), [last])
        self.assertIsNone(self.server.stream_requests[-1][0].get("snapshot"))


class Alone(BrowserTest):
    def test_without_either_each_page_has_its_own(self):
        source = "delete globalThis.SharedWorker; delete globalThis.BroadcastChannel;"
        added = browser().execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": source})
        self.addCleanup(browser().execute_cdp_cmd, "Page.removeScriptToEvaluateOnNewDocument", added)
        self.open_dashboard()
        self.server.step(3)
        eventually(lambda: self.server.streams_open == 1, "a stream")


if __name__ == "__main__":
    unittest.main()
