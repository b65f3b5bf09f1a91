"""Feed, stat, milestones and scene as OBS would show them; what they do in bad days; how the builder moves them."""

import unittest

from mock_access import Refusal
from mock_community import flags
from support import BrowserTest, browser, eventually, media

LOUNGE = "301"
ALL = {"voice": ".voice-member", "feed": ".feed-entry", "stat": ".stat-card", "milestones": ".milestones-card", "scene": ".feed-entry"}
RULES = "GET /api/guilds/101/overlay-rules"


class OverlayTest(BrowserTest):
    def show(self, address, ready=None):
        self.open(f"/overlays/{address}")
        eventually(lambda: self.all(ready or ALL[address.split("?")[0]]), f"{address} to be drawn")

    def reload(self, ready):
        """As OBS does with a source that is shut down when it is not visible."""
        browser().refresh()
        eventually(lambda: self.all(ready), "the page to be drawn again")

    def write(self, content, author=1, channel="201"):
        return self.server.emit("message.created", self.server.community.message(author, channel, content))["payload"]

    def join(self, members, who=3):
        return self.server.emit("member.joined", {**self.server.community.person(who), "pending": False, "members": members})

    def leave(self, members, who=3):
        return self.server.emit("member.left", {**self.server.community.person(who), "members": members, "online": 300})

    def feed(self):
        return self.texts(".feed-entry:not(.is-leaving) .feed-text")

    def draw(self):
        """Two frames: what is to be drawn has been."""
        browser().execute_async_script("const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()))")

    def members(self, count):
        self.server.community.main["counts"]["members"] = count


class FeedTest(OverlayTest):
    def test_shows_what_comes_and_follows_edits_and_deletions(self):
        self.show("feed?guild=101&limit=4")
        self.assertEqual(len(self.feed()), 4)
        written = self.write("first words")
        eventually(lambda: self.feed()[-1] == "first words", "the message")
        self.assertEqual(len(self.feed()), 4)
        self.server.emit("message.updated", {**written, "content": "better words", "editedAt": "2026-11-21T06:00:00Z"})
        eventually(lambda: self.feed()[-1] == "better words", "the edit")
        self.join(1285)
        eventually(lambda: self.feed()[-1] == "joined the community", "who joined")
        self.assertEqual(self.texts(".feed-entry:last-child .feed-name"), ["Dario"])
        self.server.emit("message.deleted", {name: written[name] for name in ("messageId", "channelId", "channelName")})
        eventually(lambda: "better words" not in self.feed(), "the deletion")
        self.leave(1284)
        eventually(lambda: "joined the community" not in self.feed(), "who left to be no newcomer")
        self.assertEqual(self.console_errors(), [])

    def test_obeys_its_address(self):
        self.show("feed?guild=101&channel=203&limit=30&hide=names,avatars&links=site&newest=first&lang=de")
        self.write("elsewhere")
        self.write("see https://www.example.org/a now", channel="203")
        eventually(lambda: self.feed()[0] == "see example.org now", "the message first")
        self.assertNotIn("elsewhere", self.feed())
        self.assertFalse(any(one.is_displayed() for one in self.all(".feed-name, .feed-avatar")))
        self.join(2_500)
        eventually(lambda: self.feed()[:2] == ["2.500 Mitglieder", "ist neu dabei"], "a milestone in German")

    def test_a_quiet_channel_keeps_its_entries_while_others_are_busy(self):
        self.show("feed?guild=101&channel=203&limit=30")
        self.write("long ago", channel="203")
        eventually(lambda: self.feed()[-1:] == ["long ago"], "the message")
        for _ in range(250):
            self.write("elsewhere")
        self.write("just now", channel="203")
        eventually(lambda: self.feed()[-2:] == ["long ago", "just now"], "both messages")

    def test_sample_people_show_where_channels_are_chosen(self):
        for address, selector, expected in (
                ("feed?sample=still&channel=203", ".feed-entry", 4), ("voice?sample=still&channel=203", ".voice-channel", 1),
                ("scene?sample=still&voice.channel=203&feed.channel=9", ".voice-channel", 1),
                ("scene?sample=still&voice.channel=203&feed.channel=9", ".feed-entry", 4)):
            self.show(address, selector)
            self.assertEqual(len(self.all(selector)), expected, address)

    def test_bad_words_of_the_guild_and_of_the_address(self):
        self.server.access.settings["101"]["badWords"] = ["darn"]
        self.show("feed?guild=101&words=heck*")
        self.write("Darn, what the heckling")
        eventually(lambda: self.feed()[-1] == "••••, what the ••••••••", "masked words")
        self.server.access.settings["101"]["badWords"] = ["what"]
        self.server.emit("overlay.updated", {"preset": None})
        eventually(lambda: self.feed()[-1] == "Darn, •••• the ••••••••", "the new words")
        self.write("and what then")
        eventually(lambda: self.feed()[-1] == "and •••• then", "a masked word")

    def test_bad_words_of_last_time_count_while_the_server_does_not_say(self):
        self.server.access.settings["101"]["badWords"] = ["darn"]
        self.show("feed?guild=101&limit=3")
        self.write("oh darn")
        eventually(lambda: self.feed()[-1] == "oh ••••", "a masked word")
        self.server.access.trouble[RULES] = Refusal(503, "This needs a database.")
        self.reload(".feed-entry")
        self.assertEqual(self.feed()[-1], "oh ••••")

    def test_shows_all_where_there_are_no_rules(self):
        for status in (404, 503):
            self.server.access.trouble[RULES] = Refusal(status, "No.")
            self.show("feed?guild=101")

    def test_dropped_messages_are_not_in_the_document(self):
        self.server.access.settings["101"]["badWords"] = ["darn"]
        self.show("feed?guild=101&filter=drop&limit=30")
        self.write("oh darn")
        self.write("all well")
        eventually(lambda: self.feed()[-1] == "all well", "the other one")
        self.assertFalse(any("••" in text or "darn" in text for text in self.feed()))

    def test_fades_by_the_servers_clock(self):
        script = browser().execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": """{
            const real = Date.now.bind(Date); Date.now = () => real() + 900 * 86400000; }"""})["identifier"]
        try:
            self.open("/overlays/feed?guild=101&fade=2")
            eventually(lambda: self.all('[data-connection="live"]'), "the stream")
            self.write("soon gone")
            eventually(lambda: self.feed() == ["soon gone"], "the message")
            eventually(lambda: self.feed() == [], "it to fade")
        finally:
            browser().execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", {"identifier": script})


class StatTest(OverlayTest):
    def test_follows_its_number(self):
        self.show("stat?guild=101&goal=1500&icon=%F0%9F%94%A5&label=Friends")
        self.assertEqual(self.texts(".stat-value, .stat-label, .stat-icon, .stat-goal"), ["🔥", "1,284", "Friends", "85 % · 1,500"])
        self.join(1_500)
        eventually(lambda: self.texts(".stat-value, .stat-goal") == ["1,500", "Goal reached"], "the goal")
        self.assertTrue(self.all(".stat-card.is-reached"))
        self.assertEqual(self.console_errors(), [])

    def test_each_number(self):
        for stat, event, payload, expected in (
                ("online", "presence.updated", {"status": "online", "clients": [], "online": 5_000}, "5.000"),
                ("voice", "voice.joined", {**flags(), **self.server.community.channel(LOUNGE)}, "11")):
            self.show(f"stat?guild=101&stat={stat}&lang=de")
            self.server.emit(event, {**self.server.community.person(6), **payload})
            eventually(lambda value=expected: self.texts(".stat-value") == [value], f"{stat} to be {expected}")

    def test_number_runs_to_the_next_one(self):
        media(motion="no-preference")
        self.show("stat?guild=101")
        self.run_script("""window.seen = new Set(); const value = document.querySelector('.stat-value');
            new MutationObserver(() => window.seen.add(value.textContent)).observe(value, { childList: true, characterData: true, subtree: true })""")
        self.join(9_000)
        eventually(lambda: self.texts(".stat-value") == ["9,000"], "the number")
        self.assertGreater(self.run_script("return window.seen.size"), 3)


class MilestonesTest(OverlayTest):
    BANNER = ".milestones-banner"

    def celebrated(self):
        return self.run_script("return window.celebrated ?? 0")

    def watch(self):
        self.run_script("""window.celebrated = 0; new MutationObserver((changes) => { for (const { addedNodes } of changes)
            for (const one of addedNodes) if (one.matches?.('.milestones-banner')) window.celebrated += 1; })
            .observe(document.body, { childList: true, subtree: true })""")

    def settle(self, count):
        eventually(lambda: self.texts(".milestones-now") == [f"{count:,}"], f"the count {count}")

    def test_way_to_the_next_one(self):
        self.show("milestones?guild=101")
        self.assertEqual(self.texts(".milestones-title, .milestones-now, .milestones-next, .milestones-rest"),
                         ["Next milestone", "1,284", "/ 2,500", "1,216 to go"])
        self.server.access.settings["101"]["milestones"] = [1_300, 1_400]
        self.server.emit("overlay.updated", {"preset": None})
        eventually(lambda: self.texts(".milestones-next") == ["/ 1,300"], "the guild's own")
        self.show("milestones?guild=101&milestones=1290,9000")
        self.assertEqual(self.texts(".milestones-rest"), ["6 to go"])
        self.assertEqual(self.all(self.BANNER), [])

    def test_celebrates_once_however_the_count_goes(self):
        self.members(2_499)
        self.show("milestones?guild=101&seconds=3")
        self.watch()
        self.join(2_500)
        eventually(lambda: self.texts(".milestones-reached") == ["2,500 members!"], "the celebration")
        self.leave(2_499)
        self.join(2_500)
        self.join(2_501)
        eventually(lambda: not self.all(self.BANNER), "its end")
        self.settle(2_501)
        self.leave(2_499)
        self.settle(2_499)
        self.join(2_500)
        self.settle(2_500)
        self.assertEqual(self.celebrated(), 1)

    def test_reload_does_not_celebrate_again(self):
        self.members(2_499)
        self.show("milestones?guild=101&seconds=3")
        self.join(2_500)
        eventually(lambda: self.all(self.BANNER), "the celebration")
        self.leave(2_499)
        self.reload(".milestones-card")
        self.watch()
        self.settle(2_499)
        self.join(2_500)
        self.settle(2_500)
        self.assertEqual([self.celebrated(), self.all(self.BANNER)], [0, []])

    def test_stream_that_goes_on_does_not_celebrate_again(self):
        self.members(2_499)
        self.show("milestones?guild=101&seconds=3")
        self.watch()
        self.join(2_500)
        eventually(lambda: self.celebrated() == 1, "the celebration")
        for forget in (False, True):
            if forget:
                self.server.forget_log()
            seen = len(self.server.stream_requests)
            self.server.end_streams()
            eventually(lambda count=seen: len(self.server.stream_requests) > count, "another stream")
            self.join(2_510 + forget)
            self.settle(2_510 + forget)
        self.assertEqual(self.celebrated(), 1)

    def test_what_is_crossed_without_a_connection_is_celebrated_when_it_is_back(self):
        self.members(2_499)
        self.show("milestones?guild=101&seconds=3&message=We+are+%7Bn%7D&lang=de")
        self.server.stream_status = 503
        self.server.end_streams()
        eventually(lambda: self.all('[data-connection="lost"]'), "the loss")
        self.join(2_499)
        self.server.forget_log()
        self.members(5_003)
        self.server.stream_status = 200
        eventually(lambda: self.texts(".milestones-reached") == ["We are 5.000"], "the highest that was crossed")

    def test_confetti_falls_and_ends_and_not_where_motion_is_unwelcome(self):
        media(motion="no-preference")
        self.members(2_499)
        self.show("milestones?guild=101&seconds=3")
        self.join(2_500)
        eventually(lambda: self.all("canvas.milestones-confetti"), "confetti")
        painted = """const canvas = document.querySelector('canvas'); if (!canvas) return false;
            return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((one) => one > 0)"""
        eventually(lambda: self.run_script(painted), "paper in the air")
        eventually(lambda: not self.all("canvas"), "its end")
        for number, query in enumerate(("&motion=calm", "&motion=none", "&celebrate=banner")):
            self.show(f"milestones?guild=101{query}")
            self.join((5_000, 10_000, 25_000)[number])
            eventually(lambda: self.all(self.BANNER), "the banner")
            self.assertEqual(self.all("canvas"), [], query)


class SceneTest(OverlayTest):
    def test_parts_stand_where_the_address_says_on_one_stream(self):
        self.show("scene?guild=101&place=voice:10,20,30,40;feed:50,0,50,100;stat-2:0,0,40,15&voice.max=3&stat-2.stat=online&feed.style=paper")
        found = self.run_script("""return [...document.querySelectorAll('.scene-part')].map((one) => { const box = one.getBoundingClientRect();
            return [one.dataset.part, one.dataset.overlay, ...[box.left / innerWidth, box.top / innerHeight, box.width / innerWidth,
                box.height / innerHeight].map((part) => Math.round(part * 100))]; })""")
        self.assertEqual(found, [["voice", "voice", 10, 20, 30, 40], ["feed", "feed", 50, 0, 50, 100], ["stat-2", "stat", 0, 0, 40, 15]])
        self.assertEqual([len(self.all(".voice-member")), self.texts(".stat-value")], [3, ["312"]])
        grounds = self.run_script("""return ['.feed-entry', '.stat-card'].map((one) => getComputedStyle(document.querySelector(one)).backgroundColor)""")
        self.assertEqual(grounds, ["rgba(255, 254, 252, 0.96)", "rgba(17, 20, 21, 0.74)"])
        self.assertEqual([len(self.server.stream_requests), len(self.all("iframe"))], [1, 0])

    def test_each_arrangement_is_drawn_within_the_page(self):
        for arrangement in ("corners", "sidebar", "strip", "company", "numbers"):
            self.show(f"scene?guild=101&arrangement={arrangement}", ".overlay-plate")
            outside = self.run_script("""return [...document.querySelectorAll('.overlay-plate')].filter((one) => {
                const box = one.getBoundingClientRect(); return box.left < 0 || box.right > innerWidth; }).length""")
            self.assertEqual(outside, 0, arrangement)
        self.assertEqual(self.console_errors(), [])

    def test_is_the_same_picture_at_any_size(self):
        from support import size
        part = "return document.querySelector('.stat-card').getBoundingClientRect().width / innerWidth"
        found = []
        for width, height in ((1280, 720), (1920, 1080)):
            size(width, height)
            self.show("scene?guild=101")
            found.append(round(self.run_script(part), 2))
        self.assertEqual(found[0], found[1])

    def test_celebrates_and_tells_in_the_feed(self):
        self.members(2_499)
        self.show("scene?guild=101")
        self.join(2_500)
        eventually(lambda: self.texts(".milestones-reached") == ["2,500 members!"], "the celebration")
        eventually(lambda: "2,500 members" in self.feed(), "the entry")


class BadDaysTest(OverlayTest):
    guilds = 2

    def test_picture_goes_with_the_key_and_out_of_the_document(self):
        for name, shown in ALL.items():
            with self.subTest(overlay=name):
                self.server.stream_status = 200
                self.show(f"{name}?guild=101&key=secret")
                self.server.stream_status = 401
                self.server.end_streams()
                eventually(lambda one=shown: not self.all(one), "the picture to go")
                self.assertEqual(self.run_script("return document.querySelector('main').childElementCount"), 0)
                self.assertEqual(self.all(".overlay-note:not([hidden])"), [])

    def test_a_refused_picture_does_not_come_back_while_the_server_is_away(self):
        self.show("voice?guild=101&key=secret")
        self.server.stream_status = 401
        self.server.end_streams()
        eventually(lambda: not self.all(ALL["voice"]), "the picture to go")
        self.server.stream_status, self.server.missing = 503, [{"name": "redis", "reason": "no answer"}]
        seen = len(self.server.stream_requests)
        self.run_script("""window.drawn = 0;
            new MutationObserver(() => { window.drawn += document.querySelectorAll('.voice-member').length; })
                .observe(document.body, { childList: true, subtree: true })""")
        # What came of a try is known when the next one is made.
        eventually(lambda: self.run_script("window.dispatchEvent(new Event('online'))") or len(self.server.stream_requests) >= seen + 3, "three tries")
        self.assertEqual(self.run_script("return window.drawn"), 0)
        self.assertEqual(self.all(ALL["voice"]), [])
        self.server.stream_status, self.server.missing = 200, []
        self.run_script("window.dispatchEvent(new Event('online'))")
        eventually(lambda: self.all(ALL["voice"]), "the picture of who is let in again")

    def test_picture_stays_and_goes_on_when_the_server_restarts(self):
        for name, shown in ALL.items():
            with self.subTest(overlay=name):
                self.show(f"{name}?guild=101")
                self.run_script("window.kept = true")
                before = self.run_script("return document.querySelector(arguments[0]).outerHTML", shown)
                seen = len(self.server.stream_requests)
                self.server.end_streams()
                eventually(lambda count=seen: len(self.server.stream_requests) > count, "another stream")
                eventually(lambda: self.all('[data-connection="live"]'), "the stream")
                self.assertEqual(self.run_script("return document.querySelector(arguments[0]).outerHTML", shown), before)
                self.assertTrue(self.run_script("return window.kept"), "it was loaded again")

    def test_reset_brings_the_whole_picture(self):
        self.show("scene?guild=101")
        main = self.server.community.main
        main["voice"][:] = main["voice"][:1]
        main["messages"][:] = [{**main["messages"][0], "content": "only this"}]
        main["counts"].update(members=1_111, voice=1)
        self.start_over()
        eventually(lambda: self.feed() == ["only this"], "the new picture")
        eventually(lambda: [len(self.all(".voice-member")), self.texts(".stat-value, .milestones-now")] == [1, ["1,111", "1,111"]], "all of it")

    def start_over(self):
        """The stream cannot go on where it was."""
        self.server.emit("presence.updated", {**self.server.community.person(1), "online": 313})
        self.server.forget_log()
        self.server.end_streams()

    def test_another_guild_is_never_shown_instead(self):
        self.open("/overlays/voice?guild=999")
        eventually(lambda: self.texts(".overlay-note:not([hidden])") == ["Guildwire: there is no such guild here"], "a note")
        self.draw()
        self.assertEqual(self.all(".voice-member"), [])
        self.show("stat?guild=102")
        del self.server.community.guilds["102"]
        self.start_over()
        eventually(lambda: not self.all(".stat-card"), "the picture to go with its guild")

    def test_two_thousand_in_voice(self):
        community = self.server.community
        community.main["voice"][:] = [{**community.person(1), **flags(), **community.channel(LOUNGE), "userId": str(5_000 + number)}
                                      for number in range(2_000)]
        self.show("voice?guild=101&max=99")
        self.assertEqual([len(self.all(".voice-member")), self.texts(".voice-more:not([hidden])")], [99, ["and 1,901 more"]])

    def test_time_in_room(self):
        community = self.server.community
        now = community.snapshot("snapshot")["ts"]
        for index, since in ((0, now - 64 * 60_000), (2, None), (4, now + 10 ** 9)):
            next(one for one in community.main["voice"] if one["userId"] == community.person(index)["userId"])["since"] = since
        self.show(f"voice?guild=101&channel={LOUNGE}&time=1")
        self.assertEqual(self.run_script("""return ['1000', '1002', '1004'].map((id) =>
            document.querySelector(`[data-user-id="${id}"] .voice-time`)?.textContent ?? null)"""), ["1 h 04", None, "now"])


class PresetTest(OverlayTest):
    def test_address_counts_more_and_changes_are_followed(self):
        preset = self.server.faces.add_preset(query="max=2&style=neon&hide=titles")
        self.show(f"voice?guild=101&preset={preset['id']}&style=paper")
        self.run_script("window.kept = true")
        look = "return [document.documentElement.dataset.style, document.querySelectorAll('.voice-member').length]"
        self.assertEqual(self.run_script(look), ["paper", 2])
        preset.update(query="max=4", version=2)
        self.server.emit("overlay.updated", {"preset": preset["id"]})
        eventually(lambda: self.run_script(look) == ["paper", 4], "the changed preset")
        self.assertTrue(self.run_script("return window.kept"))

    def test_nothing_is_shown_without_its_preset(self):
        self.open("/overlays/voice?guild=101&preset=none")
        eventually(lambda: self.texts(".overlay-note:not([hidden])") == ["Guildwire: this preset cannot be read"], "a note")
        eventually(lambda: self.all('[data-connection="live"]'), "the stream")
        self.draw()
        self.assertEqual(self.all(".voice-member"), [])

    def test_what_was_shown_stays_when_its_preset_is_deleted(self):
        preset = self.server.faces.add_preset(query="max=2")
        self.show(f"voice?guild=101&preset={preset['id']}")
        self.server.faces.presets["101"].clear()
        asked = len(self.server.access.requests)
        self.server.emit("overlay.updated", {"preset": preset["id"]})
        eventually(lambda: len(self.server.access.requests) > asked, "it to be asked for")
        self.draw()
        self.assertEqual(len(self.all(".voice-member")), 2)


class PreviewTest(OverlayTest):
    def show_frame(self, overlay, ready):
        self.open("/tests/frame.html?overlay=" + overlay.replace("?", "%3F").replace("&", "%26").replace("=", "%3D"))
        eventually(lambda: self.run_script("return window.framed?.ready") == overlay.split("?")[0], "the overlay to be ready")
        eventually(lambda: self.count(ready), f"{ready} in the frame")

    def count(self, selector):
        return self.run_script("return window.framed.document().querySelectorAll(arguments[0]).length", selector)

    def test_options_are_applied_without_a_reload(self):
        self.show_frame("voice?guild=101", ".voice-member")
        self.run_script("window.framed.document().defaultView.kept = true; window.framed.preview('guild=101&max=3&align=right&style=glass')")
        eventually(lambda: self.count(".voice-member") == 3, "three people")
        self.assertEqual(self.run_script("""const page = window.framed.document();
            return [page.documentElement.dataset.style, page.querySelector('main').dataset.align, page.defaultView.kept]"""), ["glass", "right", True])
        self.run_script("window.framed.preview('sample=still')")
        eventually(lambda: self.count('[data-user-id="9100"]') == 1, "made-up people")
        self.assertEqual(self.server.streams_most, 1)

    def test_samples_show_and_go(self):
        self.show_frame("scene?guild=101&feed.limit=30", ".feed-entry")
        before = self.count(".voice-member")
        for kind in ("voice", "message", "member", "milestone"):
            self.run_script("window.framed.sample(arguments[0])", kind)
        eventually(lambda: self.count(".voice-member") == before + 1, "somebody in voice")
        eventually(lambda: self.count(".milestones-banner") == 1, "a celebration")
        eventually(lambda: self.count('.feed-entry[data-kind="join"]') == 1, "somebody who joined")
        eventually(lambda: self.count('.feed-entry[data-user-id^="sample-"]') == 2, "a message")
        eventually(lambda: self.count(".voice-member") == before, "the sample to leave")
        eventually(lambda: self.count('.feed-entry[data-user-id^="sample-"]') == 0, "samples to go")

    def test_test_events_are_shown_by_every_overlay(self):
        self.show("feed?guild=101")
        self.server.emit("overlay.tested", {"kind": "member", "by": "1000"})
        eventually(lambda: self.feed()[-1] == "joined the community", "a sample")
        self.show("stat?guild=101")
        self.server.emit("overlay.tested", {"kind": "member", "by": "1000"})
        self.server.emit("presence.updated", {**self.server.community.person(1), "online": 9})
        self.assertEqual(self.texts(".stat-value"), ["1,284"])

    def test_only_the_page_around_it_is_listened_to(self):
        self.show_frame("voice?guild=101", ".voice-member")
        people = self.count(".voice-member")
        browser().switch_to.frame(self.all("iframe")[0])
        self.run_script("""const data = { type: 'guildwire:preview', query: 'guild=101&max=1' };
            window.postMessage(data, location.origin);
            window.dispatchEvent(new MessageEvent('message', { origin: 'https://elsewhere.invalid', source: window.parent, data }))""")
        browser().switch_to.default_content()
        for nonsense in ("null", "'text'", "{ type: 'guildwire:preview', query: 5 }", "{ type: 'guildwire:sample', kind: 'x' }"):
            self.run_script(f"window.framed.document().defaultView.postMessage({nonsense}, location.origin)")
        self.run_script("window.framed.sample('voice')")
        eventually(lambda: self.count(".voice-member") == people + 1, "what its page says, and no more")


if __name__ == "__main__":
    unittest.main()
