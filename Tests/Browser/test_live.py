"""The Live view: rooms, the feed with its search, filter and pause, and what becomes of all that may no longer be seen."""

import gzip
import time
import unittest

from mock_community import flags, now_ms
from mock_server import PUBLIC
from probes import END_DISTANCE, FIRST_VISIBLE
from support import BrowserTest, browser, eventually, media, size

from selenium.webdriver.common.keys import Keys

LOUNGE, GAMES = "301", "303"
GENERAL, ART, HELP = "201", "202", "203"
FIRST_ID = 90_000


class LiveTest(BrowserTest):
    def write(self, content, author=1, channel=GENERAL, **more):
        payload = {**self.server.community.message(author, channel, content), **more}
        return self.server.emit("message.created", payload)["payload"]

    def last(self):
        return self.run_script("return [...document.querySelectorAll('.message-text')].at(-1)?.textContent")

    def count(self):
        return self.run_script("return document.querySelector('#messages .panel-count').textContent")

    def key(self, keys, selector="body"):
        self.all(selector)[0].send_keys(keys)

    def channel_gone(self, channel):
        guild = self.server.community.main
        held = next(one for one in guild["channels"] if one["id"] == channel)
        return {**held, "channelId": channel, "topic": None}


class FeedTest(LiveTest):
    def test_thousands_of_messages_are_held_and_few_of_them_are_in_the_page(self):
        self.open_dashboard()
        for number in range(5_100):
            self.write(f"message {number}", author=number % 3)
        eventually(lambda: self.last() == "message 5099", "the last message")
        eventually(lambda: self.count() == "last 5,000", "a full feed")
        self.assertLess(len(self.all(".message")), 120)
        self.assertLess(self.run_script(END_DISTANCE), 2)
        self.assertEqual(self.all(".jump:not([hidden])"), [])
        self.run_script("document.querySelector('#messages .panel-body').focus()")
        self.key(Keys.HOME, "#messages .panel-body")
        eventually(lambda: self.run_script("return document.activeElement.textContent").count("message 100"), "the oldest that is held")
        self.assertLess(len(self.all(".message")), 120)
        self.key(Keys.END, "#messages .message-row:focus")
        eventually(lambda: self.run_script("return document.activeElement.textContent").count("message 5099"), "the newest")

    def test_reader_who_scrolled_up_is_left_in_peace(self):
        self.open_dashboard()
        for number in range(180):
            self.write(f"message {number}", author=number % 3)
        eventually(lambda: self.last() == "message 179", "a full feed")
        self.run_script("document.querySelector('#messages .panel-body').scrollTop -= 1900")
        eventually(lambda: self.all(".jump:not([hidden])"), "the way back")
        eventually(lambda: self.settled(), "rest")
        before = self.run_script(FIRST_VISIBLE)
        for number in range(5):
            self.write(f"later {number}")
        eventually(lambda: self.texts(".jump span") == ["5 new messages"], "the count of new messages")
        after = self.run_script(FIRST_VISIBLE)
        self.assertEqual(after[0], before[0])
        self.assertAlmostEqual(after[1], before[1], delta=2)
        self.all(".jump")[0].click()
        eventually(lambda: self.run_script(END_DISTANCE) < 2, "the end of the feed")
        eventually(lambda: not self.all(".jump:not([hidden])"), "the button to go")

    def settled(self):
        first = self.run_script(FIRST_VISIBLE)
        time.sleep(0.1)
        return first is not None and self.run_script(FIRST_VISIBLE) == first

    def test_reader_keeps_the_place_while_what_is_above_is_deleted(self):
        self.open_dashboard()
        written = [self.write(f"message {number}", author=number % 3) for number in range(150)]
        eventually(lambda: self.last() == "message 149", "a full feed")
        self.run_script("document.querySelector('#messages .panel-body').scrollTop -= 1500")
        eventually(lambda: self.settled(), "rest")
        before = self.run_script(FIRST_VISIBLE)
        for one in written[:60]:
            self.server.emit("message.deleted", {name: one[name] for name in ("messageId", "channelId", "channelName")})
        eventually(lambda: self.count() == str(34 + 90), "sixty to be gone")
        after = self.run_script(FIRST_VISIBLE)
        self.assertEqual(after[0], before[0])
        self.assertAlmostEqual(after[1], before[1], delta=2)

    def test_a_reader_gets_away_from_the_end_however_much_comes(self):
        self.open_dashboard()
        for number in range(60):
            self.write(f"message {number}", author=number % 3)
        eventually(lambda: self.last() == "message 59", "a full feed")
        self.run_script("document.querySelector('#messages .panel-body').focus()")
        self.run_script("""document.querySelector('#messages .panel-body')
            .dispatchEvent(new WheelEvent('wheel', { deltaY: -10, bubbles: true }))""")
        before = self.run_script(FIRST_VISIBLE)
        for number in range(20):
            self.write(f"flood {number}")
        eventually(lambda: self.texts(".jump span") == ["20 new messages"], "what came to be counted")
        after = self.run_script(FIRST_VISIBLE)
        self.assertEqual(after[0], before[0])
        self.assertAlmostEqual(after[1], before[1], delta=2)

    def test_search_finds_marks_and_stands_in_the_address(self):
        self.open_dashboard()
        self.write("the harbour café is open", author=1, channel=HELP)
        self.write("a cafe in the village", author=3, channel=ART)
        eventually(lambda: self.last() == "a cafe in the village", "both")
        self.key("/")
        self.key("CAFE", ".feed-search")
        eventually(lambda: self.texts(".message-text") == ["the harbour café is open", "a cafe in the village"], "what was looked for")
        self.assertEqual(self.texts(".message mark"), ["café", "cafe"])
        self.assertIn("q=CAFE", browser().current_url)
        self.assertEqual(self.count(), "2 matches")
        self.key(" from:benoit in:help", ".feed-search")
        eventually(lambda: self.texts(".message-text") == ["the harbour café is open"], "Benoît's in #help")
        self.write("later: café again", author=1, channel=HELP)
        self.write("not this one", author=1, channel=HELP)
        eventually(lambda: len(self.texts(".message-text")) == 2, "one more that matches")
        self.key(Keys.ESCAPE, ".feed-search")
        eventually(lambda: self.last() == "not this one", "everything again")
        self.assertNotIn("q=", browser().current_url)

    def test_a_search_without_a_match_says_so_and_can_be_cleared(self):
        self.open("/?q=xyzzy")
        eventually(lambda: self.texts("#messages .panel-empty strong") == ["Nothing matches"], "the empty state")
        self.assertEqual(self.run_script("return document.querySelector('.feed-search').value"), "xyzzy")
        self.all("#messages .panel-empty button")[0].click()
        eventually(lambda: len(self.all(".message")) == 34, "everything again")

    def test_channels_are_chosen_and_stand_in_the_address(self):
        self.open_dashboard()
        self.write("only in art", channel=ART)
        self.write("only in help", channel=HELP)
        self.all(".feed-tools [aria-haspopup]")[0].click()
        eventually(lambda: self.all(".channel-menu input"), "the channels")
        self.assertEqual(self.texts(".channel-choices li")[:3], ["#general", "#art-and-craft", "#help"])
        for channel in (ART, HELP):
            self.all(f'.channel-menu input[value="{channel}"]')[0].click()
        wanted = "return [...new Set([...document.querySelectorAll('.message-channel')].map((one) => one.textContent))]"
        eventually(lambda: sorted(self.run_script(wanted)) == ["#art-and-craft", "#help"], "two channels")
        self.assertIn("channel=202%2C203", browser().current_url)
        self.key(Keys.ESCAPE)
        eventually(lambda: not self.all(".channel-menu"), "the menu to close")
        self.assertEqual(len(self.run_script(wanted)), 2)
        self.open(browser().current_url.removeprefix(self.server.url))
        eventually(lambda: sorted(self.run_script(wanted)) == ["#art-and-craft", "#help"], "the same from the address")
        self.key(Keys.ESCAPE)
        eventually(lambda: len(self.run_script(wanted)) == 3, "all channels")

    def test_pause_holds_back_what_comes_and_shows_it_at_once(self):
        self.open_dashboard()
        written = self.write("before the pause")
        eventually(lambda: self.last() == "before the pause", "it")
        self.key("p")
        for number in range(12):
            self.write(f"meanwhile {number}")
        eventually(lambda: self.texts(".feed-pause") == ["Resume · 12 new"], "what waits to be counted")
        self.assertEqual(self.last(), "before the pause")
        self.server.emit("message.deleted", {name: written[name] for name in ("messageId", "channelId", "channelName")})
        eventually(lambda: self.last() != "before the pause", "what is deleted goes, paused or not")
        self.key(" ", "#messages .panel-body")
        eventually(lambda: self.last() == "meanwhile 11", "all that waited")
        self.assertEqual(self.run_script("return document.querySelector('.feed-pause').getAttribute('aria-label')"), "Pause")

    def test_arrow_keys_go_from_message_to_message(self):
        self.open_dashboard()
        self.run_script("document.querySelector('#messages .panel-body').focus()")
        self.key(Keys.ARROW_UP, "#messages .panel-body")
        at = "return document.activeElement.closest('.message')?.dataset.messageId"
        ids = self.run_script("return [...document.querySelectorAll('.message')].map((one) => one.dataset.messageId)")
        self.assertEqual(self.run_script(at), ids[-1])
        self.key(Keys.ARROW_UP, ".message-row:focus")
        self.assertEqual(self.run_script(at), ids[-2])
        self.key(Keys.HOME, ".message-row:focus")
        self.assertEqual(self.run_script(at), ids[0])

    def test_times_are_told_the_other_way_and_it_is_remembered(self):
        self.open_dashboard()
        self.write("now")
        eventually(lambda: self.texts(".message-time")[-1] == "now", "it")
        self.all('[aria-label="Time of day"]')[0].click()
        clock = r"return /^\d\d:\d\d( [AP]M)?$/.test([...document.querySelectorAll('.message-time')].at(-1).textContent)"
        eventually(lambda: self.run_script(clock), "the time of day")
        self.open_dashboard()
        self.assertTrue(self.run_script(clock))
        self.run_script("localStorage.clear()")

    def test_what_is_read_out_is_summed_up(self):
        self.open_dashboard()
        self.run_script("""window.said = [];
            new MutationObserver(() => window.said.push(document.querySelector('#announcer').textContent))
                .observe(document.querySelector('#announcer'), { childList: true, characterData: true, subtree: true })""")
        for number in range(200):
            self.write(f"message {number}")
        eventually(lambda: self.run_script("return window.said"), "something to be said")
        self.assertLessEqual(len(self.run_script("return window.said")), 2)
        self.assertIn("new messages", self.run_script("return window.said[0]"))


class SightTest(LiveTest):
    def test_a_channel_that_goes_takes_its_messages_and_its_room_at_once(self):
        self.open_dashboard()
        self.write("a secret", channel=ART)
        eventually(lambda: self.last() == "a secret", "it")
        self.key("p")
        self.write("another secret", channel=ART)
        joined = {**self.server.community.person(6), **self.server.community.channel(LOUNGE), **flags()}
        self.server.emit("voice.joined", joined)
        eventually(lambda: any("joined Lounge" in one for one in self.texts("#activity .activity-text")), "the join")
        self.server.emit("channel.deleted", self.channel_gone(ART))
        self.server.emit("channel.deleted", self.channel_gone(LOUNGE))
        eventually(lambda: "Lounge" not in self.texts(".voice-room-name"), "the room to go")
        self.assertEqual(self.in_room(LOUNGE), [])
        self.assertNotIn("#art-and-craft", self.texts(".message-channel"))
        self.assertFalse(any("Lounge" in one for one in self.texts(".activity-text")))
        self.key("p")
        self.assertNotIn("another secret", self.texts(".message-text"))

    def test_a_reset_leaves_nothing_of_what_may_no_longer_be_seen(self):
        self.open_dashboard()
        for number in range(80):
            self.write(f"secret {number}", channel=ART)
        self.write("open", channel=GENERAL)
        eventually(lambda: self.last() == "open", "them")
        guild = self.server.community.main
        guild["channels"] = [one for one in guild["channels"] if one["id"] not in (ART, GAMES)]
        guild["messages"] = [one for one in guild["messages"] if one["channelId"] != ART]
        guild["voice"] = [one for one in guild["voice"] if one["channelId"] != GAMES]
        self.server.step()
        self.server.forget_log()
        self.server.end_streams()
        eventually(lambda: "Game night" not in self.texts(".voice-room-name"), "the room to go")
        self.assertFalse(any("secret" in one for one in self.texts(".message-text")))
        self.assertEqual(self.run_script("return document.querySelectorAll('#voice [data-channel-id=\"303\"]').length"), 0)


class RoomsTest(LiveTest):
    def test_rooms_fold_with_the_mouse_and_the_keys(self):
        self.open_dashboard()
        head = f'[data-channel-id="{LOUNGE}"] .voice-room-head'
        self.all(head)[0].click()
        eventually(lambda: self.in_room(LOUNGE) == [], "the folded room")
        self.assertEqual(self.all(head)[0].get_attribute("aria-expanded"), "false")
        self.key(Keys.ARROW_RIGHT, head)
        eventually(lambda: len(self.in_room(LOUNGE)) == 4, "the room again")
        self.key(Keys.ARROW_DOWN, head)
        name = "return document.activeElement.querySelector('.voice-room-name').textContent"
        self.assertEqual(self.run_script(name), "Focus room")
        self.assertEqual(len(self.all('.voice-room-head[tabindex="0"]')), 1)

    def test_time_in_a_room_is_told_where_it_is_known(self):
        self.open_dashboard()
        stay = lambda user: self.texts(f'#voice [data-user-id="{user}"] .voice-stay')
        self.assertEqual([stay("1004"), stay("1011"), stay("1025")], [["49 min"], [""], ["1 d"]])
        self.server.emit("voice.joined", {**self.server.community.person(6), **self.server.community.channel(LOUNGE), **flags()})
        eventually(lambda: stay("1006") == ["now"], "who was seen coming")
        later = {**self.server.community.person(8), **self.server.community.channel(LOUNGE), **flags(), "synthetic": True}
        self.server.emit("voice.joined", later)
        eventually(lambda: stay("1008") == [""], "who was found there")

    def test_a_crowd_is_shown_in_part(self):
        guild = self.server.community.main
        guild["voice"] = [{**self.server.community.person(number % 20), "userId": str(7000 + number), "displayName": f"Person {number:04}",
                           **self.server.community.channel(LOUNGE), **flags(), "streaming": number == 1999} for number in range(2000)]
        self.open_dashboard()
        eventually(lambda: self.texts(f'[data-channel-id="{LOUNGE}"] .voice-room-count') == ["2,000"], "the count")
        shown = self.in_room(LOUNGE)
        self.assertEqual((len(shown), shown[:2]), (50, ["8999", "7000"]))
        self.all(f'[data-channel-id="{LOUNGE}"] .voice-more')[0].click()
        eventually(lambda: len(self.in_room(LOUNGE)) == 250, "more of them")
        self.assertEqual(self.texts(f'[data-channel-id="{LOUNGE}"] .voice-more'), ["1,750 more"])

    def test_empty_rooms_of_a_large_guild_are_kept_back(self):
        guild = self.server.community.main
        guild["channels"] += [{"id": str(8000 + number), "name": f"Room {number}", "type": 2, "parentId": None, "position": 50 + number}
                              for number in range(480)]
        self.open_dashboard()
        self.assertEqual(self.texts(".voice-room-name"), ["Lounge", "Game night", "Town hall"])
        self.all(".voice-rest")[0].click()
        eventually(lambda: len(self.all(".voice-room")) == 485, "all rooms")


class ActivityTest(LiveTest):
    def test_kinds_are_chosen_and_stand_in_the_address(self):
        self.open_dashboard()
        community = self.server.community
        self.server.emit("member.joined", {**community.person(6), "members": 1300})
        self.server.emit("role.granted", {**community.person(7), "roleId": "401", "roleName": "Regular"})
        eventually(lambda: len(self.texts("#activity .activity-text")) == 2, "both")
        self.all('#activity [data-kind="member"]')[0].click()
        eventually(lambda: self.texts("#activity .activity-text") == ["Greta Lund became a member"], "the join alone")
        self.assertIn("kind=member", browser().current_url)
        self.all('#activity .activity-kinds [data-kind="voice"]')[0].click()
        eventually(lambda: self.texts("#activity .panel-empty strong") == ["None of these yet"], "the empty state")

    def test_counts_tell_what_changed(self):
        self.open_dashboard()
        self.server.emit("member.joined", {**self.server.community.person(6), "members": 1290})
        eventually(lambda: self.texts('[data-stat="members"] .stat-value') == ["1,290"], "the count")
        eventually(lambda: self.texts('[data-stat="members"] .stat-change') in (["+6"], [""]), "the change")

    def test_a_wide_screen_has_joins_and_leaves_of_their_own(self):
        for width, there in ((1280, False), (2560, True)):
            size(width, 1200)
            self.open_dashboard()
            self.assertEqual(self.all("#arrivals")[0].is_displayed(), there)


class ThriftTest(LiveTest):
    def test_what_is_needed_until_messages_are_seen_is_small(self):
        """As the web service sends it, which is in gzip."""
        self.open_dashboard()
        paths = self.run_script("""return [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
            .map((one) => new URL(one.name).pathname)""")
        own = [PUBLIC / (path.lstrip("/") or "dashboard/index.html") for path in set(paths) if path == "/" or path.endswith((".js", ".css"))]
        self.assertGreater(len(own), 20)
        self.assertLess(sum(len(gzip.compress(file.read_bytes(), 6)) for file in own), 100_000)
        self.assertFalse(any(path.name in ("feed-search.js", "channel-menu.js", "dialog.js") for path in own))

    def test_a_busy_day_leaves_the_page_as_it_was(self):
        self.open_dashboard()
        for number in range(5_000):
            self.write(f"message {number}", author=number % 3)
        eventually(lambda: self.count() == "last 5,000", "a full feed")
        before = self.weight()
        for _ in range(3_000):
            self.server.step()
        self.write("the end")
        eventually(lambda: self.last() == "the end", "all of it")
        after = self.weight()
        self.assertLess(after[0], before[0] + 2_000, "elements")
        self.assertLess(after[1], before[1] + 2_000_000, "bytes of the heap")

    def weight(self):
        browser().execute_cdp_cmd("HeapProfiler.enable", {})
        browser().execute_cdp_cmd("HeapProfiler.collectGarbage", {})
        used = browser().execute_cdp_cmd("Runtime.getHeapUsage", {})["usedSize"]
        return self.run_script("return document.querySelectorAll('*').length"), used


class TroubleTest(LiveTest):
    def test_what_was_seen_stays_while_the_connection_is_lost_and_goes_on_after_it(self):
        self.open_dashboard()
        self.server.stream_status = 503
        self.server.end_streams()
        eventually(lambda: self.all('.live-view[data-phase="lost"]'), "the loss")
        self.assertEqual(len(self.all(".message")), 34)
        self.write("written meanwhile")
        self.server.stream_status = 200
        eventually(lambda: self.last() == "written meanwhile", "what was missed")
        self.assertTrue(self.all('.live-view[data-phase="live"]'))

    def test_a_reset_takes_along_what_waits(self):
        self.open_dashboard()
        self.key("p")
        self.write("waits")
        eventually(lambda: self.texts(".feed-pause") == ["Resume · 1 new"], "it to wait")
        self.server.forget_log()
        self.server.end_streams()
        eventually(lambda: self.texts(".feed-pause") == ["Resume"], "nothing to wait")


class HostileTest(LiveTest):
    EVIL = ["<img src=x onerror=\"window.hacked=1\">", "\u202eevil\u202d\u2066\u202e", "Z" + "\u0300\u0316\u0489" * 300,
            "👩‍👩‍👧‍👦" * 40, "N" * 4000]

    def test_names_and_texts_stay_in_their_place(self):
        for width in (390, 1280):
            size(width, 844)
            self.open_dashboard()
            for evil in self.EVIL:
                person = {**self.server.community.person(6), "displayName": evil, "username": evil}
                self.write(evil, **{name: person[name] for name in ("displayName", "username")})
                self.server.emit("voice.joined", {**person, **self.server.community.channel(LOUNGE), **flags()})
                self.server.emit("member.joined", {**person, "members": 1290})
            eventually(lambda: self.last() == self.EVIL[-1], "the last of them")
            self.assertIsNone(self.run_script("return window.hacked ?? null"))
            self.assertLessEqual(self.run_script("return document.documentElement.scrollWidth"), width)
            self.assertEqual(self.run_script(NOT_ISOLATED), [])
            self.assertEqual(self.run_script(TALL_NAMES), [])
            self.assertEqual(self.run_script(UNCLIPPED), [])

    def test_wrong_clocks_and_impossible_times_do_no_harm(self):
        guild = self.server.community.main
        start = {**self.server.community.message(1, GENERAL, "x")}
        for number, ts in enumerate((now_ms() + 86_400_000 * 900, now_ms() - 86_400_000 * 900, 9e18, None)):
            guild["messages"].append({**start, "messageId": str(FIRST_ID + number), "content": f"<t:9999999999999> {number}", "ts": ts})
        guild["voice"][0]["since"] = now_ms() + 86_400_000
        guild["voice"][1]["since"] = 9e18
        self.open_dashboard()
        times = [self.texts(f'[data-message-id="{FIRST_ID + number}"] .message-time')[0] for number in range(4)]
        self.assertEqual((times[0], times[2], times[3]), ("now", "", ""))
        self.assertRegex(times[1], r"\d{4}")
        self.assertEqual(self.last(), "<t:9999999999999> 3")
        self.assertEqual(self.texts('#voice [data-user-id="1000"] .voice-stay'), ["now"])
        self.assertEqual(self.console_errors(), [])


NOT_ISOLATED = """return [...document.querySelectorAll(
    '.message-name, .message-text, .message-channel, .voice-member-name, .voice-room-name, .activity-name, .activity-object')]
    .filter((one) => !/isolate|plaintext/.test(getComputedStyle(one).unicodeBidi)).map((one) => one.className)"""
TALL_NAMES = """return [...document.querySelectorAll('.message-head, .voice-member-row, .activity-row')]
    .filter((one) => one.getBoundingClientRect().height > 80).map((one) => one.className)"""
UNCLIPPED = """return [...document.querySelectorAll(
    '.message, .voice-member-row, .activity-row, .voice-member-name, .message-name')].filter((one) => {
        const style = getComputedStyle(one);
        return !/hidden|clip/.test(style.overflowY) && !/content|paint|strict/.test(style.contain); }).map((one) => one.className)"""


if __name__ == "__main__":
    unittest.main()
