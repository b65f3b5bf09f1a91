"""The dashboard against a made-up community."""

import unittest

from mock_access import Refusal
from mock_community import flags
from probes import LOW_CONTRAST
from support import BrowserTest, browser, eventually, media, size

LOUNGE, FOCUS, GAMES = "301", "302", "303"


class DashboardTest(BrowserTest):
    def person(self, index, room):
        community = self.server.community
        return {**community.person(index), **community.channel(room), **flags()}

    def write(self, content, author=1, channel="201"):
        return self.server.emit("message.created", self.server.community.message(author, channel, content))["payload"]

    def test_shows_the_snapshot(self):
        self.open_dashboard()
        self.assertEqual(self.texts(".guild-name"), ["Harbour Lights"])
        self.assertEqual(browser().title, "Harbour Lights · Guildwire")
        self.assertEqual(self.texts(".stat-value")[:3], ["1,284", "312", "10"])
        self.assertEqual(self.texts(".voice-room-name"), ["Lounge", "Focus room", "Game night", "Town hall", "Quiet corner"])
        self.assertEqual(self.in_room(LOUNGE), ["1000", "1002", "1004", "1011"])
        self.assertEqual(self.in_room(FOCUS), [])
        self.assertEqual(len(self.all(".message")), 34)
        self.assertEqual(self.run_script("return 'loading' in document.body.dataset"), False)
        self.assertEqual(self.console_errors(), [])

    def test_marks_who_is_muted_deafened_streaming_or_on_camera(self):
        self.open_dashboard()
        marks = {user: self.run_script("""return [...document.querySelectorAll(
            `[data-user-id="${arguments[0]}"] .voice-marks [title]`)].map((one) => one.title)""", user)
                 for user in ("1000", "1002", "1009", "1007")}
        self.assertEqual(marks, {"1000": [], "1002": ["muted"], "1009": ["deafened"],
                                 "1007": ["sharing the screen", "camera on"]})

    def test_join_move_and_leave_show_in_the_right_channel(self):
        self.open_dashboard()
        self.server.emit("voice.joined", self.person(6, FOCUS))
        eventually(lambda: self.in_room(FOCUS) == ["1006"], "Greta to be in the focus room")
        self.assertEqual(self.texts('[data-stat="voice"] .stat-value'), ["11"])
        moved = {**self.person(6, LOUNGE), "fromChannelId": FOCUS, "fromChannelName": "Focus room"}
        self.server.emit("voice.moved", moved)
        eventually(lambda: "1006" in self.in_room(LOUNGE) and self.in_room(FOCUS) == [], "Greta to be in the lounge")
        self.server.emit("voice.left", self.person(6, LOUNGE))
        eventually(lambda: "1006" not in self.in_room(LOUNGE), "Greta to have left")
        self.assertIn("Greta Lund left Lounge", self.texts(".activity-text"))

    def test_people_unfold_and_fold_where_motion_is_welcome(self):
        media(motion="no-preference")
        self.open_dashboard()
        self.run_script("""window.classes = [];
            new MutationObserver((all) => all.forEach((one) => window.classes.push(one.target.className)))
                .observe(document.querySelector('#voice'), { subtree: true, attributeFilter: ['class'] })""")
        self.server.emit("voice.left", self.person(0, LOUNGE))
        eventually(lambda: any("is-leaving" in one for one in self.run_script("return window.classes")), "a leaving person")
        eventually(lambda: not self.all('#voice [data-user-id="1000"]'), "the person to be gone")

    def test_messages_are_written_edited_and_deleted(self):
        self.open_dashboard()
        written = self.write("a brand new <b>message</b> to <@1003>")
        selector = f'[data-message-id="{written["messageId"]}"] .message-text'
        eventually(lambda: self.texts(selector) == ["a brand new <b>message</b> to @Dario"], "the new message")
        self.server.emit("message.updated", {**written, "content": "second thoughts", "editedAt": "2026-11-21T06:00:00Z"})
        eventually(lambda: self.texts(selector) == ["second thoughtsedited"], "the edited message")
        self.server.emit("reaction.added", {**written, "emoji": {"id": None, "name": "🎉"}})
        eventually(lambda: self.texts(".reaction") == ["🎉1"], "the reaction")
        self.server.emit("message.deleted", {name: written[name] for name in ("messageId", "channelId", "channelName")})
        eventually(lambda: not self.all(selector), "the message to be gone")

    def test_hostile_text_stays_text(self):
        self.open_dashboard()
        evil = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
        author = {**self.server.community.message(1, "201", evil), "displayName": evil, "avatar": "javascript:window.hacked=1"}
        self.server.emit("message.created", author)
        eventually(lambda: any(evil in one for one in self.texts(".message-text")), "the text as it was written")
        self.assertIsNone(self.run_script("return window.hacked ?? null"))

    def test_missing_pictures_become_initials(self):
        self.open_dashboard()
        shown = "return document.querySelector('#voice [data-user-id=\"1017\"] img').hidden"
        eventually(lambda: self.run_script(shown), "the picture to be hidden")
        self.assertEqual(self.texts('#voice [data-user-id="1017"] .avatar-initials'), ["R"])
        eventually(lambda: not self.run_script(shown.replace("1017", "1000")), "Ada's picture")

    def test_waiting_shows_a_skeleton(self):
        self.server.snapshot_held = True
        self.open("/")
        self.assertTrue(all(one.is_displayed() for one in self.all(".skeleton")))
        with self.server.changed:
            self.server.snapshot_held = False
            self.server.changed.notify_all()
        eventually(lambda: self.all(".message"), "the snapshot")
        self.assertFalse(any(one.is_displayed() for one in self.all(".skeleton")))

    def test_empty_guild_says_so(self):
        guild = self.server.community.main
        guild["voice"], guild["messages"] = [], []
        guild["channels"] = []
        self.open("/")
        self.wait_phase("live")
        eventually(lambda: self.texts(".panel-empty strong") == ["No voice channels", "Quiet so far", "Nobody yet", "Nothing yet"],
                   "empty states")
        eventually(lambda: all(one.is_displayed() for one in self.all(".panel:not(#arrivals) .panel-empty")), "them to be seen")

    def test_who_is_in_no_guild_is_told_so(self):
        guilds = dict(self.server.community.guilds)
        self.server.community.guilds.clear()
        self.server.access.trouble["GET /api/setup"] = Refusal(403, "This is for who manages a guild.")
        self.open("/")
        eventually(lambda: self.texts(".state-title") == ["No guild to show"], "the empty state")
        self.assertFalse(any(one.is_displayed() for one in self.all(".panels, .skeleton")))
        self.server.community.guilds.update(guilds)
        self.server.step()
        self.server.forget_log()
        self.server.end_streams()
        eventually(lambda: self.all(".message"), "the guild that came")
        self.assertFalse(any(one.is_displayed() for one in self.all(".first-run-view")))

    def test_no_horizontal_scroll(self):
        for width in (320, 390, 768, 1280):
            size(width, 844)
            self.open_dashboard()
            long = self.write("a" * 400 + " https://example.org/" + "b" * 300)["messageId"]
            eventually(lambda: self.all(f'[data-message-id="{long}"]'), "the long message")
            for view in range(3 if width <= 720 else 0):
                self.all(".view-switch button")[view].click()
                self.assertLessEqual(self.run_script("return document.documentElement.scrollWidth"), width)
            self.assertLessEqual(self.run_script("return document.documentElement.scrollWidth"), width)
            wide = self.run_script("""return [...document.querySelectorAll('.panel-body, .foldable > div, .message-text')]
                .filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.className + one.textContent.slice(0, 40))""")
            self.assertEqual(wide, [], f"cut off, or scrolling sideways, at {width}")

    def test_theme_is_chosen_and_remembered(self):
        self.open_dashboard()
        ground = "return getComputedStyle(document.body).backgroundColor"
        light = self.run_script(ground)
        media(scheme="dark")
        eventually(lambda: self.run_script(ground) != light, "the system's dark")
        self.all(".theme-toggle")[0].click()
        self.assertEqual(self.run_script(ground), light)
        browser().refresh()
        self.assertEqual(self.run_script(ground), light)
        self.run_script("localStorage.clear()")

    def test_text_has_contrast(self):
        for scheme in ("light", "dark"):
            media(scheme=scheme)
            self.open_dashboard()
            self.server.step(40)
            self.assertEqual(self.run_script(LOW_CONTRAST), [], scheme)

    def test_has_landmarks_and_names(self):
        self.open_dashboard()
        self.assertEqual([len(self.all(one)) for one in ("header.top-bar", "main", "nav", "h1")], [1, 1, 1, 1])
        unnamed = self.run_script("""return [...document.querySelectorAll('button, select, section')].filter((one) =>
            !one.hidden && !(one.textContent.trim() || one.getAttribute('aria-label') || one.getAttribute('aria-labelledby'))).length""")
        self.assertEqual(unnamed, 0)


class GuildSwitchTest(BrowserTest):
    guilds = 3

    def test_another_guild_is_chosen_and_kept_in_the_address(self):
        self.open_dashboard()
        self.assertEqual(self.texts(".guild-switcher option"), ["Harbour Lights", "Paper Lantern Club", "Northern Arcade"])
        self.run_script("""const select = document.querySelector('.guild-switcher select');
            select.value = '102'; select.dispatchEvent(new Event('change'))""")
        eventually(lambda: self.texts(".guild-name") == ["Paper Lantern Club"], "the other guild")
        self.assertIn("guild=102", browser().current_url)
        message = self.server.community.message(1, "201", "only here")
        self.server.emit("message.created", message, "102")
        eventually(lambda: self.texts(".message-text")[-1] == "only here", "its message")


if __name__ == "__main__":
    unittest.main()
