"""The voice overlay as OBS would show it."""

import unittest

from mock_community import flags
from support import BrowserTest, eventually

LOUNGE, FOCUS, GAMES = "301", "302", "303"
CLEAR = "rgba(0, 0, 0, 0)"


class VoiceOverlayTest(BrowserTest):
    def open_overlay(self, query=""):
        self.open(f"/overlays/voice{query}")
        eventually(lambda: self.all(".voice-member"), "people in voice")

    def test_is_transparent_and_shows_who_is_in_voice(self):
        self.open_overlay()
        grounds = self.run_script("""return ['html', 'body', '.voice-overlay', '.voice-channel'].map((one) =>
            getComputedStyle(document.querySelector(one)).backgroundColor)""")
        self.assertEqual(grounds, [CLEAR] * 4)
        self.assertEqual(self.texts(".voice-channel-name"), ["Lounge", "Game night", "Town hall"])
        self.assertEqual(self.in_room(LOUNGE), ["1000", "1002", "1004", "1011"])
        self.assertEqual(self.console_errors(), [])

    def test_keeps_its_styling_contract(self):
        self.open_overlay()
        shape = self.run_script("""const one = document.querySelector('.voice-member[data-user-id="1009"]');
            return [document.documentElement.dataset.overlayContract, one.className, [...one.children].map((part) =>
                part.className), [...one.querySelectorAll('.voice-mark')].map((mark) => mark.dataset.mark)]""")
        self.assertEqual(shape, ["1", "voice-member overlay-plate is-muted is-deafened",
                                 ["avatar voice-avatar", "voice-name overlay-line", "voice-marks"], ["deaf"]])

    def test_follows_people(self):
        self.open_overlay(f"?channel={LOUNGE}")
        community = self.server.community
        greta = {**community.person(6), **flags()}
        self.server.emit("voice.joined", {**greta, **community.channel(LOUNGE)})
        eventually(lambda: "1006" in self.in_room(LOUNGE), "Greta in the lounge")
        self.server.emit("voice.moved", {**greta, **community.channel(GAMES), "fromChannelId": LOUNGE, "fromChannelName": "Lounge"})
        eventually(lambda: "1006" not in self.in_room(LOUNGE), "Greta to have gone")
        self.assertEqual(self.in_room(GAMES), [])

    def test_obeys_its_address(self):
        self.open_overlay(f"?channel={LOUNGE},{GAMES}&align=right&scale=2&hide=names,titles&max=6")
        self.assertEqual(len(self.in_room(LOUNGE)) + len(self.in_room(GAMES)), 6)
        self.assertEqual(self.texts(".voice-more:not([hidden])"), ["and 3 more"])
        self.assertEqual([len(self.all(one)) for one in (".hides-names", '[data-align="right"]')], [1, 1])
        self.assertFalse(any(one.is_displayed() for one in self.all(".voice-name, .voice-channel-name")))
        width = "return document.querySelector('.voice-avatar').getBoundingClientRect().width"
        self.assertEqual(self.run_script(width), 96)

    def test_passes_its_key_on(self):
        self.open_overlay("?guild=101&key=secret")
        query = self.server.stream_requests[-1][0]
        self.assertEqual([query["guild"], query["key"]], [["101"], ["secret"]])

    def test_refusal_is_said_once_nothing_was_ever_shown(self):
        self.server.stream_status = 401
        self.open("/overlays/voice")
        eventually(lambda: self.texts(".overlay-note:not([hidden])") == ["Guildwire: this overlay needs a valid key (401)"], "a note")

    def test_picture_goes_when_the_key_is_revoked(self):
        self.open_overlay("?guild=101&key=secret")
        self.server.stream_status = 401
        self.server.end_streams()
        eventually(lambda: not self.all(".voice-member"), "the picture to go")
        self.assertEqual(self.all(".overlay-note:not([hidden])"), [])
        self.server.stream_status = 200

    def test_picture_stays_when_the_connection_goes(self):
        self.open_overlay()
        self.server.stop()
        eventually(lambda: self.all('[data-connection="lost"]'), "the loss")
        self.assertTrue(self.all(".voice-member"))
        self.assertEqual(self.all(".overlay-note:not([hidden])"), [])


if __name__ == "__main__":
    unittest.main()
