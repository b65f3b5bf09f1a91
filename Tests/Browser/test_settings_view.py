"""Settings within the dashboard: the guild's, its keys, its audit log, and what the bot lacks."""

import unittest

from mock_access import Refusal
from probes import LOW_CONTRAST
from support import BrowserTest, browser, eventually, media, size

EVIL = '<img src=x onerror="window.hacked=1">\u202e' + "w" * 4_000


class SettingsViewTest(BrowserTest):
    guilds = 2

    def setUp(self):
        super().setUp()
        self.access, self.faces = self.server.access, self.server.faces
        self.faces.bot["missing"] = [{"permission": "MANAGE_ROLES", "for": "giving and taking roles"}]
        self.faces.bot["channels"] = [{"id": "1", "name": "rules", "type": 0, "missing": ["SEND_MESSAGES", "EMBED_LINKS"]},
                                      {"id": "2", "name": "staff", "type": 0, "missing": ["VIEW_CHANNEL"]}]

    def open_settings(self, part="", selector=".settings-link"):
        self.open(f"/?guild=101&view=settings{part and f'&part={part}'}")
        eventually(lambda: self.all(selector), f"{selector} of the settings")

    def go(self, part):
        self.run_script("document.querySelector(`.settings-link[data-part=${arguments[0]}]`).click()", part)

    def test_its_parts_have_addresses_and_keep_what_was_typed(self):
        self.open_settings(selector=".setting")
        self.run_script("const area = document.querySelector('[data-setting=badWords] textarea'); area.value = 'heck';"
                        "area.dispatchEvent(new Event('input', { bubbles: true }))")
        self.access.add_key(name="For OBS")
        self.go("keys")
        eventually(lambda: "For OBS" in self.texts(".key-name"), "the keys")
        self.assertIn("part=keys", browser().current_url)
        self.go("audit")
        eventually(lambda: self.texts("[data-part=audit] .state-title") == ["Nothing has happened yet"], "the audit log")
        self.go("guild")
        self.assertEqual(self.run_script("return document.querySelector('[data-setting=badWords] textarea').value"), "heck")
        self.assertEqual(len(self.all(".settings-part")), 3)
        self.run_script("document.querySelector('.settings-foot .is-main').click()")
        eventually(lambda: self.access.settings["101"]["badWords"] == ["heck"], "saved")
        self.open_settings("keys", ".key")

    def test_what_the_bot_lacks_where_and_how_to_mend_it(self):
        self.open_settings("bot", ".bot-part")
        self.assertEqual(self.texts(".need"), ["Manage RolesFor giving and taking roles"])
        self.assertEqual(self.texts(".lack-title"), ["View Channels", "Send Messages and Embed Links"])
        self.assertEqual(self.texts(".channel-chip"), ["staff", "rules"])
        self.assertIn("Server Settings → Roles", self.texts(".mend")[0])
        self.assertIn("oauth2/authorize", self.all(".bot-part .copy-text")[0].get_attribute("value"))

    def test_it_is_looked_at_again_when_channels_change(self):
        self.open_settings("bot", ".bot-part")
        self.wait_phase("live")
        self.faces.bot.update(missing=[], channels=[], administrator=True)
        self.server.emit("channel.updated", {"channelId": "203", "name": "help", "type": 0, "parentId": "200", "position": 2}, "101")
        eventually(lambda: self.texts("[data-part=bot] .state-title") == ["It may do all that it is here for"], "the new state")
        self.assertIn("Administrator", self.texts("[data-part=bot] .state-text")[0])

    def test_a_bot_that_is_not_there(self):
        self.faces.bot["user"] = None
        self.open_settings("bot")
        eventually(lambda: self.texts("[data-part=bot] .state-title") == ["The bot is not there now"], "that it is away")
        self.faces.bot["user"] = {"id": "900", "name": ""}
        self.run_script("document.querySelector('[data-part=bot] .state-card button').click()")
        eventually(lambda: self.texts(".bot-head strong") == ["900"], "it, by its id")

    def test_who_may_not_manage_is_told_so(self):
        self.access.rights["101"] = "member"
        self.open("/?guild=101&view=settings")
        eventually(lambda: self.texts(".settings-view .state-title") == ["You may not manage Harbour Lights"], "that it is not theirs")
        self.assertFalse(self.all(".view-link[data-view=settings]")[0].is_displayed())
        self.assertEqual([path for _, path, _ in self.access.requests if path.endswith("/settings")], [])

    def test_the_audit_log_is_the_owners(self):
        self.access.rights["101"] = "manage"
        self.open_settings("audit", ".setting")
        self.assertNotIn("Audit log", self.texts(".settings-link strong"))

    def test_another_guild_has_other_settings(self):
        self.open_settings("bot", ".bot-part")
        self.faces.bot["missing"] = []
        self.run_script("""const select = document.querySelector('.guild-switcher select');
            select.value = '102'; select.dispatchEvent(new Event('change'))""")
        eventually(lambda: self.texts(".settings-whose") == ["Paper Lantern Club"], "the other guild")
        eventually(lambda: ("GET", "/api/guilds/102/bot", None) in self.access.requests, "its own rights")
        # A link may be opened elsewhere.
        addresses = [one.get_attribute("href") for one in self.all(".settings-link")]
        self.assertEqual([address.count("guild=102") for address in addresses], [1] * len(addresses), addresses)

    def test_without_a_database_it_says_so(self):
        self.access.has_database = False
        self.open_settings()
        eventually(lambda: self.texts("[data-part=guild] .state-title") == ["Not available now"], "why there is nothing")
        self.assertIn("DATABASE_URL", self.texts("[data-part=guild] .state-text")[0])

    def test_a_session_that_ended_leads_to_the_way_in(self):
        self.open_settings(selector=".setting")
        self.access.user = None
        self.go("keys")
        eventually(lambda: self.texts(".gate-title") == ["Your session has ended"], "the way in")

    def test_hostile_names_and_500_channels(self):
        self.faces.bot["user"]["name"] = EVIL
        self.faces.bot["missing"] = [{"permission": EVIL, "for": EVIL}]
        self.faces.bot["channels"] = [{"id": str(index), "name": EVIL, "type": 0, "missing": ["VIEW_CHANNEL"]} for index in range(500)]
        for width in (390, 1280):
            size(width, 844)
            self.open_settings("bot", ".bot-part")
            self.assertEqual(len(self.all(".channel-chip")), 60)
            self.assertIn("and 440 more", self.texts(".lack-channels .part-note"))
            self.assertLessEqual(self.run_script("return document.querySelector('.settings-view').scrollWidth"), width)
            self.assertEqual(len(self.all(".settings-view img")), 0)
        self.assertIsNone(self.run_script("return window.hacked ?? null"))

    def test_it_fits_and_has_contrast(self):
        for part, selector in (("", ".setting"), ("bot", ".bot-part")):
            for width in (390, 900, 2560):
                for scheme in ("light", "dark"):
                    size(width, 900)
                    media(scheme=scheme, motion="reduce")
                    self.open_settings(part, selector)
                    self.assertLessEqual(self.run_script("return document.documentElement.scrollWidth"), width)
                    self.assertEqual(self.run_script(LOW_CONTRAST), [], f"{part} {scheme} at {width}")
        self.assertEqual(self.console_errors(), [])


if __name__ == "__main__":
    unittest.main()
