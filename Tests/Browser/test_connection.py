"""How the pages behave when the stream ends, is refused, or starts over."""

import unittest

from support import BrowserTest, eventually


class ConnectionTest(BrowserTest):
    def write(self, content):
        return self.server.emit("message.created", self.server.community.message(1, "201", content))

    def test_stream_goes_on_after_the_server_ended_it(self):
        self.open_dashboard()
        seen = self.write("before")
        eventually(lambda: "before" in self.texts(".message-text"), "the first message")
        self.server.stream_status = 200
        self.server.end_streams()
        self.write("meanwhile")
        eventually(lambda: "meanwhile" in self.texts(".message-text"), "what happened meanwhile")
        self.assertEqual(self.server.stream_requests[-1][1], seen["id"])
        self.wait_phase("live")
        self.assertEqual([self.texts(".message-text").count(one) for one in ("before", "meanwhile")], [1, 1])

    def test_refused_reconnection_is_made_anew_from_the_last_id(self):
        self.open_dashboard()
        seen = self.write("before")
        eventually(lambda: "before" in self.texts(".message-text"), "the first message")
        self.server.stream_status = 503
        self.server.missing = [{"name": "redis", "reason": "no answer for 4 s"}]
        self.server.end_streams()
        self.wait_phase("lost")
        notice = eventually(lambda: self.texts(".stream-notice:not([hidden])"), "a notice")[0]
        self.assertIn("redis: no answer for 4 s", notice)
        self.write("meanwhile")
        self.server.stream_status, self.server.missing = 200, []
        eventually(lambda: "meanwhile" in self.texts(".message-text"), "what happened meanwhile")
        self.assertEqual(self.server.stream_requests[-1][0].get("lastEventId"), [seen["id"]])
        self.wait_phase("live")
        self.assertEqual(self.all(".stream-notice:not([hidden])"), [])

    def test_reset_replaces_the_page(self):
        self.open_dashboard()
        before = self.write("only in the old view")["payload"]
        eventually(lambda: "only in the old view" in self.texts(".message-text"), "the message")
        self.server.community.apply(self.server.community.main, "message.deleted", before)
        self.server.community.main["name"] = "Harbour Lights Reborn"
        self.server.forget_log()
        self.server.end_streams()
        eventually(lambda: self.texts(".guild-name") == ["Harbour Lights Reborn"], "the new view")
        self.assertNotIn("only in the old view", self.texts(".message-text"))
        self.wait_phase("live")

    def test_refused_viewer_is_told_why(self):
        self.server.stream_status = 403
        self.open("/")
        self.wait_phase("lost")
        notice = eventually(lambda: self.texts(".stream-notice:not([hidden])"), "a notice")[0]
        self.assertIn("may not see this guild (403)", notice)
        self.server.stream_status = 200
        self.all(".stream-notice button")[0].click()
        self.wait_phase("live")
        eventually(lambda: self.all(".message"), "messages")

    def test_server_that_is_not_ready_but_polite_is_explained(self):
        self.server.refuse_politely = True
        self.server.missing = [{"name": "gateway", "reason": "not linked yet"}]
        self.open("/")
        notice = eventually(lambda: self.texts(".stream-notice:not([hidden])"), "a notice")[0]
        self.assertIn("gateway: not linked yet", notice)
        self.server.refuse_politely = False
        self.server.missing = []
        self.wait_phase("live")
        self.assertEqual(self.all(".stream-notice:not([hidden])"), [])

    def test_server_that_is_gone_is_said_to_be(self):
        self.open_dashboard()
        self.server.stop()
        self.wait_phase("lost")
        notice = eventually(lambda: self.texts(".stream-notice:not([hidden])"), "a notice")[0]
        self.assertIn("cannot be reached", notice)
        self.assertIn("What you see is from before", notice)
        self.assertTrue(self.all(".message"))


if __name__ == "__main__":
    unittest.main()
