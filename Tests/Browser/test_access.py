"""Login, account, and managing a guild, against a made-up community and its API."""

import unittest

from mock_access import DAY, HOUR, Refusal, identifier, now_ms
from probes import LOW_CONTRAST
from selenium.webdriver.common.keys import Keys
from support import BrowserTest, browser, eventually, media, size

EVIL = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
PAGES = {"/account": ".session", "/guilds/101/keys": ".key", "/guilds/101/settings": ".setting", "/guilds/101/audit": ".audit-entry",
         "/api/docs": ".operation"}


class AccessTest(BrowserTest):
    def setUp(self):
        super().setUp()
        self.access = self.server.access

    def open_page(self, path, selector):
        self.open(path)
        eventually(lambda: self.all(selector), f"{selector} on {path}")

    def click(self, selector, index=0):
        eventually(lambda: len(self.all(selector)) > index, f"{selector} to be there")
        self.all(selector)[index].click()

    def button(self, words, within=""):
        """The visible button of these words."""
        return eventually(lambda: next((one for one in self.all(f"{within} button") if one.is_displayed() and one.text.strip() == words), None),
                          f"a button “{words}”")

    def press(self, *keys):
        browser().switch_to.active_element.send_keys(*keys)

    def called(self, method, ending):
        return [body for way, path, body in self.access.requests if way == method and path.endswith(ending)]


class LoginTest(AccessTest):
    def test_who_is_not_logged_in_is_shown_the_way_in_and_back(self):
        self.access.user = None
        self.open("/?guild=101")
        eventually(lambda: self.texts(".gate-title") == ["Log in to go on"], "the way in")
        self.assertFalse(any(one.is_displayed() for one in self.all(".panels, .stat-strip, .connection")))
        self.click(".gate a")
        self.wait_phase("live")
        self.assertTrue(browser().current_url.endswith("/?guild=101"))
        self.assertEqual(self.texts(".account-name"), ["Ada Brandt"])

    def test_a_session_that_ends_elsewhere_leads_to_the_way_in(self):
        self.open_dashboard()
        self.access.log_out()
        self.server.end_streams()
        eventually(lambda: self.texts(".gate-title") == ["Your session has ended"], "the way in")
        self.assertEqual(browser().switch_to.active_element.text, "Your session has ended")
        self.assertFalse(any(one.is_displayed() for one in self.all(".message")))

    def test_a_server_without_login_says_who_has_to_set_it_up(self):
        self.access.user, self.access.can_log_in = None, False
        self.open("/account")
        eventually(lambda: "DISCORD_CLIENT_ID" in "".join(self.texts(".gate")), "what is missing")
        self.assertEqual(self.all(".gate a, .account-login"), [])

    def test_an_open_demo_says_so_and_offers_the_way_in(self):
        self.access.user, self.access.access = None, "open"
        self.open_dashboard()
        self.assertIn("Open demo", self.texts(".demo-banner")[0])
        self.assertEqual(self.texts(".account-login"), ["Log in with Discord"])
        self.access.user = {"id": "1000", "name": "Ada Brandt", "avatar": None}
        self.open_page("/account", ".session")
        self.assertIn("Open demo", self.texts(".demo-banner")[0])

    def test_the_menu_is_used_by_keyboard_and_logs_out(self):
        self.open_dashboard()
        self.run_script("document.querySelector('.account-button').focus()")
        self.press(Keys.ENTER)
        eventually(lambda: self.run_script("return document.activeElement.textContent") == "Dashboard", "the first entry")
        self.press(Keys.ESCAPE)
        eventually(lambda: not self.all(".account-menu")[0].is_displayed(), "the menu to close")
        self.assertEqual(self.run_script("return document.activeElement.className"), "account-button")
        self.press(Keys.ENTER)
        self.button("Log out", ".account-menu").click()
        eventually(lambda: self.texts(".gate-title"), "the way in")
        self.assertEqual(self.called("POST", "/logout"), [{"everywhere": False}])

    def test_only_who_manages_a_guild_sees_the_way_there(self):
        for right, seen in (("member", False), ("manage", True)):
            self.access.rights["101"] = right
            self.access.requests.clear()
            self.open_dashboard()
            eventually(lambda: self.called("GET", "/guilds"), "the guilds to be asked for")
            entry = '.account-menu a[href="/guilds/101/keys"]:not([hidden])'
            if seen:
                eventually(lambda: self.all(entry), "the way to manage")
            self.assertEqual(bool(self.all(entry)), seen)


class AccountTest(AccessTest):
    def test_sessions_are_told_in_words_and_this_one_is_marked(self):
        self.open_page("/account", ".session")
        self.assertEqual(self.texts(".session-agent"), ["Firefox on LinuxThis one", "Safari on iPhone", "curl/7.88.1"])
        self.assertIn("Began 9 days ago · last seen 26 minutes ago", self.texts(".session-times")[1])
        self.assertEqual(self.console_errors(), [])

    def test_another_session_is_ended(self):
        self.open_page("/account", ".session")
        self.click(f'[data-session-id="{identifier("phone")}"] button')
        eventually(lambda: len(self.all(".session")) == 2, "it to be gone")
        self.assertEqual(self.texts(".tell"), ["Session ended"])
        self.assertNotIn("Safari on iPhone", self.texts(".session-agent"))

    def test_what_cannot_be_ended_says_why(self):
        self.access.trouble[f'DELETE /api/sessions/{identifier("phone")}'] = Refusal(429, "", **{"Retry-After": "9"})
        self.open_page("/account", ".session")
        self.click(f'[data-session-id="{identifier("phone")}"] button')
        eventually(lambda: "Too many requests. Try again in 9 s." in self.texts(".session .field-problem"), "the reason")

    def test_everywhere_is_asked_first(self):
        self.open_page("/account", ".session")
        self.button("Log out everywhere").click()
        eventually(lambda: self.run_script("return document.activeElement.textContent") == "Cancel", "the harmless answer to be chosen")
        self.press(Keys.ESCAPE)
        eventually(lambda: not self.all("dialog"), "the question to go")
        self.assertEqual(self.called("POST", "/logout"), [])
        self.button("Log out everywhere").click()
        self.button("Log out everywhere", "dialog").click()
        eventually(lambda: self.texts(".gate-title"), "the way in")
        self.assertEqual(self.called("POST", "/logout"), [{"everywhere": True}])

    def test_a_failure_says_what_to_do_and_is_tried_again(self):
        self.access.trouble["GET /api/sessions"] = Refusal(503, "Redis does not answer.", **{"Retry-After": "5"})
        self.open("/account")
        eventually(lambda: self.texts(".state-text") == ["Redis does not answer. Try again in 5 s."], "the reason")
        self.access.trouble.clear()
        self.button("Try again").click()
        eventually(lambda: self.all(".session"), "the sessions")


class KeysTest(AccessTest):
    def open_keys(self, selector=".section"):
        self.open_page("/guilds/101/keys", selector)

    def test_a_token_is_shown_once(self):
        self.open_keys(".state-card")
        self.click("[data-make=overlay]")
        eventually(lambda: self.all("dialog #key-name"), "the form")
        self.press("Scene", Keys.ENTER)
        fields = eventually(lambda: self.run_script("return [...document.querySelectorAll('.copy-text')].map((one) => one.value)"), "the token")
        token = fields[0]
        self.assertTrue(token.startswith("gwk1."))
        self.assertEqual(fields[1], f"{self.server.url}/overlays/voice?guild=101&key={token}")
        made = self.called("POST", "/keys")[0]
        self.assertEqual([made[name] for name in ("kind", "name", "channels", "events")], ["overlay", "Scene", [], ["voice.*"]])
        self.assertNotIn("scopes", made)
        self.assertAlmostEqual(made["expires"], now_ms() + 365 * DAY, delta=HOUR)
        self.press(Keys.ESCAPE)
        eventually(lambda: self.texts(".key-name") == ["Scene"], "the key in the list")
        everything = self.run_script("return document.documentElement.outerHTML + JSON.stringify({ ...localStorage, ...sessionStorage })")
        self.assertNotIn(token, everything)
        self.assertNotIn(token, browser().current_url)

    def test_an_api_key_takes_scopes_channels_and_kinds(self):
        self.open_keys(".state-card")
        self.click("[data-make=api]")
        eventually(lambda: self.all("dialog #key-name"), "the form")
        self.press("Script")
        for value in ("members:read", "stream"):
            self.click(f'dialog input[value="{value}"]')
        for index in (0, 1):
            self.click('dialog input[value="some"]', index)
        self.click('dialog input[value="203"]')
        self.button("Make the key").click()
        eventually(lambda: self.texts("#key-problem") == ["Choose at least one kind of event, or all of them."], "what is missing")
        self.click('dialog input[value="message.*"]')
        self.button("Make the key").click()
        eventually(lambda: self.all(".copy-text"), "the token")
        made = self.called("POST", "/keys")[0]
        self.assertEqual([made[name] for name in ("scopes", "channels", "events")], [["guild:read", "members:read"], ["203"], ["message.*"]])

    def test_a_key_without_a_name_is_not_made(self):
        self.open_keys(".state-card")
        self.click("[data-make=overlay]")
        self.button("Make the key").click()
        eventually(lambda: self.texts("#key-problem") == ["Give the key a name."], "what is missing")
        self.assertEqual(self.run_script("return [document.activeElement.id, document.activeElement.getAttribute('aria-invalid')]"),
                         ["key-name", "true"])
        self.assertEqual(self.called("POST", "/keys"), [])

    def test_a_refusal_stands_in_the_form(self):
        self.access.trouble["POST /api/guilds/101/keys"] = Refusal(409, "This guild has 50 keys, which is the most.")
        self.open_keys(".state-card")
        self.click("[data-make=overlay]")
        self.press("Scene", Keys.ENTER)
        eventually(lambda: "This guild has 50 keys, which is the most." in "".join(self.texts("#key-problem")), "the reason")
        self.assertTrue(self.button("Make the key").is_enabled())

    def test_revoking_is_asked_first_and_keeps_the_record(self):
        key = self.access.add_key(name="Scene")
        self.open_keys(".key")
        self.button("Revoke", ".key").click()
        self.button("Revoke", "dialog").click()
        eventually(lambda: self.texts(".ended-keys summary") == ["Ended keys (1)"], "it to have ended")
        self.assertEqual(self.called("DELETE", key["id"]), [None])
        self.assertEqual(self.all('.key[data-active="true"]'), [])

    def test_rotating_gives_a_new_token_and_says_how_long_the_old_one_works(self):
        self.access.add_key(name="Script", kind="api")
        self.open_keys(".key")
        self.button("Rotate", ".key").click()
        self.button("Make a new token", "dialog").click()
        eventually(lambda: self.all(".copy-text"), "the token")
        self.assertEqual(self.called("POST", "/rotate"), [{"graceSeconds": 86400}])
        self.button("I have copied it").click()
        eventually(lambda: len(self.all('.key[data-active="true"]')) == 2, "both")

    def test_usage_of_an_api_key_is_shown(self):
        self.access.add_key(kind="api")
        self.open_keys(".quota")
        self.assertEqual(self.texts(".quota-words"), ["12 of 30", "941 of 1,000"])
        self.assertEqual(len(self.all(".day-column")), 14)

    def test_hostile_names_stay_text(self):
        self.access.add_key(name=EVIL, channels=["201"], maker=EVIL, tier=EVIL, kind="api")
        self.server.community.main["channels"][1]["name"] = EVIL
        self.server.community.main["name"] = EVIL
        self.access.user["name"] = EVIL
        self.access.note("101", EVIL, target=EVIL, detail={EVIL: EVIL}, actor=EVIL, outcome=EVIL)
        self.access.sessions[0]["agent"] = EVIL
        for path, selector in PAGES.items():
            self.open_page(path, selector)
            self.assertIsNone(self.run_script("return window.hacked ?? null"), path)
            self.assertLessEqual(self.run_script("return document.documentElement.scrollWidth"), 1280, path)
        self.open_keys(".key")
        self.assertIn(EVIL, self.texts(".key-name"))
        self.assertIn(EVIL, self.texts(".page-title"))
        self.click("[data-make=api]")
        eventually(lambda: any(EVIL in one for one in self.texts("dialog .choice")), "the channel's name as it is")

    def test_without_a_database_it_says_what_is_missing(self):
        self.access.has_database = False
        self.open("/guilds/101/keys")
        eventually(lambda: "Set DATABASE_URL" in "".join(self.texts(".state-text")), "what is missing")

    def test_who_may_not_manage_gets_a_clear_page(self):
        self.access.rights["101"] = "member"
        self.open("/guilds/101/keys")
        eventually(lambda: self.texts(".state-title") == ["You may not manage Harbour Lights"], "the refusal")
        self.open("/guilds/999/keys")
        eventually(lambda: self.texts(".state-title") == ["There is no such guild"], "the refusal")
        self.open("/manage")
        eventually(lambda: self.texts(".state-title") == ["You manage no guild here"], "the refusal")

    def test_a_session_that_ends_meanwhile_leads_to_the_way_in(self):
        self.access.add_key()
        self.open_keys(".key")
        self.access.log_out()
        self.button("Revoke", ".key").click()
        self.button("Revoke", "dialog").click()
        eventually(lambda: "not logged in any more" in "".join(self.texts("dialog .field-problem")), "the reason")
        self.press(Keys.ESCAPE)
        self.click(".tab", 1)
        eventually(lambda: self.texts(".gate-title") == ["Your session has ended"], "the way in")


class SettingsTest(AccessTest):
    def open_settings(self):
        self.open_page("/guilds/101/settings", ".setting")

    def test_a_change_is_saved_against_the_state_that_was_shown(self):
        self.open_settings()
        self.assertFalse(self.button("Save").is_enabled())
        self.click("[data-setting=badWords] textarea")
        self.press("darn\n heck \ndarn")
        self.button("Save").click()
        eventually(lambda: self.texts(".tell") == ["Settings saved"], "the confirmation")
        self.assertEqual(self.access.settings["101"]["badWords"], ["darn", "heck"])
        self.assertEqual(self.access.settings["101"]["milestones"], [100, 500, 1000])

    def test_somebody_elses_change_is_not_overwritten(self):
        self.open_settings()
        self.click("[data-setting=history] input")
        self.access.settings["101"]["retentionDays"], self.access.versions["101"] = 7, 2
        self.button("Save").click()
        eventually(lambda: "Somebody else changed" in "".join(self.texts(".conflict")), "the conflict")
        self.assertTrue(self.access.settings["101"]["history"])
        self.button("Load their change").click()
        eventually(lambda: self.run_script("return document.querySelector('[data-setting=retentionDays] input')?.value") == "7", "theirs")

    def test_what_is_wrong_is_said_beside_it(self):
        self.open_settings()
        field = self.all("[data-setting=milestones] input")[0]
        field.clear()
        field.send_keys("100, many")
        self.button("Save").click()
        problem = "[data-setting=milestones] .field-problem"
        eventually(lambda: self.texts(problem) == ["Whole numbers of members, with commas between them."], "the problem")
        self.assertEqual(self.called("PUT", "/settings"), [])


class AuditTest(AccessTest):
    def test_is_paged_and_for_the_owner(self):
        for number in range(60):
            self.access.note("101", "makeKey", target=f"Key {number}")
        self.open_page("/guilds/101/audit", ".audit-entry")
        self.assertEqual(len(self.all(".audit-entry")), 50)
        self.assertIn("Key 59", self.texts(".audit-more")[0])
        self.assertEqual(self.texts(".audit-words")[0], "Make key by you")
        self.button("Show older ones").click()
        eventually(lambda: len(self.all(".audit-entry")) == 60, "all of them")
        self.assertFalse(self.all(".audit-foot .button")[0].is_displayed())
        self.access.rights["101"] = "manage"
        self.open("/guilds/101/audit")
        eventually(lambda: self.texts(".state-title") == ["Only the owner reads the audit log"], "the refusal")
        self.assertEqual(self.texts(".tab"), ["Keys", "Settings"])

    def test_empty_says_so(self):
        self.open_page("/guilds/101/audit", ".state-card")
        self.assertEqual(self.texts(".state-title"), ["Nothing has happened yet"])


class DocsTest(AccessTest):
    def open_docs(self, path="/api/docs"):
        self.open_page(path, ".operation")

    def test_shows_every_operation_and_finds_one(self):
        self.open_docs()
        self.assertEqual(self.texts(".docs-tag .section-title"), ["Access", "Guilds", "Live", "Keys"])
        self.assertEqual(len(self.all(".operation")), 6)
        self.click(".docs-search")
        self.press("post key")
        eventually(lambda: [one.get_attribute("id") for one in self.all(".operation") if one.is_displayed()] == ["makeKey"], "one")

    def test_an_address_opens_its_operation(self):
        self.open_docs("/api/docs#makeKey")
        eventually(lambda: self.all("#makeKey[open] .shape-row"), "it to be open")
        self.assertIn("None: all that its maker may see", self.texts("#makeKey .shape-about"))
        self.assertEqual(self.run_script("return JSON.parse(document.querySelector('#makeKey .try-body').value)"),
                         {"kind": "overlay", "name": ""})

    def test_a_call_is_tried_as_oneself(self):
        self.open_docs("/api/docs#channels")
        self.click("#channels .try input")
        self.press("101", Keys.ENTER)
        eventually(lambda: '"art-and-craft"' in "".join(self.texts("#channels .try-text")), "the answer")
        self.assertIn("/api/guilds/101/channels'", self.texts("#channels .curl")[0])

    def test_a_key_is_kept_in_memory_alone(self):
        self.open_docs("/api/docs#guilds")
        self.click('.pass input[value="key"]')
        self.press("gwk1.secret")
        self.assertEqual(self.run_script("return JSON.stringify({ ...localStorage, ...sessionStorage })"), "{}")
        self.assertIn("$GUILDWIRE_KEY", self.texts("#guilds .curl")[0])
        self.assertNotIn("secret", self.run_script("return document.documentElement.outerHTML") + browser().current_url)
        browser().refresh()
        eventually(lambda: self.all(".operation"), "the page")
        self.assertEqual(self.run_script("return document.querySelector('#pass-key').value"), "")

    def test_a_stream_is_not_tried_but_told_as_a_command(self):
        self.open_docs("/api/docs#stream")
        eventually(lambda: self.texts("#stream .curl"), "the command")
        self.assertTrue(self.texts("#stream .curl")[0].startswith("curl -N "))
        self.assertEqual(self.all("#stream .try-foot"), [])


class LooksTest(AccessTest):
    def prepare(self):
        self.access.add_key(name="Stream scene", channels=["201", "301"])
        self.access.add_key(name="A name that is longer than anybody would choose for a key", kind="api", tier="pro",
                            expires=now_ms() + DAY)
        self.access.note("101", "makeKey", target="x" * 200, outcome="refused", count=12)

    def test_pages_fit_a_phone_and_fingers(self):
        self.prepare()
        for width in (320, 390):
            size(width, 844)
            for path, selector in PAGES.items():
                self.open_page(path, selector)
                self.assertLessEqual(self.run_script("return document.documentElement.scrollWidth"), width, path)
                small = self.run_script("""return [...document.querySelectorAll('button, a, summary, select, input[type=text]')]
                    .filter((one) => one.checkVisibility() && !one.closest('.skip-link')).map((one) => [one.className || one.tagName,
                    Math.round(one.getBoundingClientRect().height)]).filter(([, height]) => height < 44)""")
                self.assertEqual(small, [], f"{path} at {width}")

    def test_text_has_contrast(self):
        self.prepare()
        for scheme in ("light", "dark"):
            media(scheme=scheme, motion="reduce")
            for path, selector in PAGES.items():
                self.open_page(path, selector)
                self.run_script("for (const one of document.querySelectorAll('details')) one.open = true")
                self.assertEqual(self.run_script(LOW_CONTRAST), [], f"{path} {scheme}")

    def test_pages_have_landmarks_names_and_one_heading(self):
        self.prepare()
        for path, selector in PAGES.items():
            self.open_page(path, selector)
            self.run_script("for (const one of document.querySelectorAll('details')) one.open = true")
            self.assertEqual([len(self.all(one)) for one in ("header.site-bar", "main", "h1")], [1, 1, 1], path)
            unnamed = self.run_script("""return [...document.querySelectorAll('button, select, input, textarea, section, a')].filter((one) =>
                !(one.textContent.trim() || one.getAttribute('aria-label') || one.getAttribute('aria-labelledby') || one.labels?.length)
                ).map((one) => one.outerHTML.slice(0, 100))""")
            self.assertEqual(unnamed, [], path)
            doubled = self.run_script("""const ids = [...document.querySelectorAll('[id]')].map((one) => one.id);
                return ids.filter((id, index) => ids.indexOf(id) !== index)""")
            self.assertEqual(doubled, [], path)
            self.assertEqual(self.console_errors(), [], path)


if __name__ == "__main__":
    unittest.main()
