"""The builder of overlays, against a made-up community and its API."""

import base64
import json
import unittest

from mock_access import Refusal
from probes import LOW_CONTRAST
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from support import BrowserTest, browser, eventually, media, size

EVIL = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
FRAME = "document.querySelector('.preview-page .overlay-frame')"


class BuilderTest(BrowserTest):
    def setUp(self):
        super().setUp()
        self.access, self.faces = self.server.access, self.server.faces

    def open_builder(self, query="overlay=voice"):
        self.open(f"/?guild=101&view=overlays&{query}")
        eventually(lambda: self.run_script(f"return {FRAME} && {FRAME}.contentDocument?.documentElement?.dataset.connection"), "the preview")
        eventually(lambda: self.all(".option") and self.all(".part-button, .option"), "the form")
        # Whose guilds are known, and so what they may do.
        eventually(lambda: self.run_script("return document.querySelector('.presets').children.length > 0"
                                           " && !document.querySelector('.presets .grey-rows')"), "the presets")

    def inside(self, script):
        """What a script of `document` gives within the overlay."""
        return self.run_script(f"const document = {FRAME.replace('document', 'window.document')}.contentDocument; {script}")

    def mark(self):
        """Something that a reload would take away."""
        self.run_script(f"{FRAME}.contentWindow.stillHere = true")

    def assert_not_reloaded(self):
        self.assertTrue(self.run_script(f"return {FRAME}.contentWindow.stillHere ?? false"), "the preview was loaded anew")

    def set_input(self, selector, value):
        self.run_script("""const input = document.querySelector(arguments[0]);
            if (input.type === 'checkbox' || input.type === 'radio') input.click();
            else { input.value = arguments[1]; input.dispatchEvent(new Event('input', { bubbles: true }));
                input.dispatchEvent(new Event('change', { bubbles: true })); }""", selector, value)

    def option(self, name, value):
        self.set_input(f'[data-option="{name}"] input' + (f'[value="{value}"]' if isinstance(value, str) and not value.startswith("#") else ""),
                       value)

    def click(self, words, within=".overlays-view"):
        """Found and clicked in one go: a list may be drawn anew at any moment."""
        eventually(lambda: self.run_script("""const [words, within] = arguments;
            const one = [...document.querySelectorAll(`${within} button, ${within} a`)].find((one) =>
                one.checkVisibility() && !one.disabled && one.innerText.trim() === words);
            one?.focus();
            one?.click();
            return Boolean(one)""", words, within), f"a button “{words}”")

    def press(self, *keys):
        browser().switch_to.active_element.send_keys(*keys)

    def tab(self, name):
        self.run_script("document.querySelector(`[data-tab='${arguments[0]}']`).click()", name)

    def called(self, method, ending):
        return [body for way, path, body in self.access.requests if way == method and path.endswith(ending)]

    def options_in_address(self):
        return self.run_script("return new URLSearchParams(location.search).get('options')")

    def address(self):
        """What would be copied."""
        self.run_script("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
        self.click("Copy", ".address-field")
        return self.run_script("return window.copied")


class FormTest(BuilderTest):
    def test_every_overlay_has_a_living_picture_and_leads_to_its_builder(self):
        self.open("/?guild=101&view=overlays")
        eventually(lambda: len(self.all(".gallery-picture.is-ready")) >= 3, "pictures of overlays that are seen")
        self.assertEqual(self.texts(".gallery-name"), ["Voice", "Feed", "Number", "Milestones", "Scene"])
        self.run_script("document.querySelector('.gallery-card[data-overlay=feed]').focus()")
        self.press(Keys.ENTER)
        eventually(lambda: self.texts(".builder-title") == ["Feed overlay"], "the builder")
        self.assertEqual(self.run_script("return document.activeElement.className"), "builder-title")
        browser().back()
        eventually(lambda: self.all(".gallery-card")[0].is_displayed(), "the gallery again")
        self.assertEqual(self.console_errors(), [])

    def test_what_is_set_shows_in_the_preview_at_once_and_without_a_reload(self):
        self.open_builder()
        self.mark()
        size_before = self.inside("return getComputedStyle(document.documentElement).getPropertyValue('--overlay-scale')")
        self.option("scale", 2)
        eventually(lambda: self.inside("return getComputedStyle(document.documentElement).getPropertyValue('--overlay-scale')") != size_before,
                   "a larger overlay")
        eventually(lambda: self.inside("return document.querySelectorAll('.voice-member').length > 2"), "people")
        self.option("max", 2)
        eventually(lambda: self.inside("return document.querySelectorAll('.voice-member').length") == 2, "two people alone")
        self.option("align", "right")
        eventually(lambda: self.inside("return document.querySelector('.voice-overlay').dataset.align") == "right", "the other side")
        self.assert_not_reloaded()
        eventually(lambda: self.options_in_address() == "max=2&align=right&scale=2", "what is not usual in the address")

    def test_a_link_brings_the_same_builder_back(self):
        query = "overlay=feed&options=limit%3D3%26style%3Dneon%26text%3Dffcc00&size=800x600&backdrop=dark&source=real&tab=use"
        self.open_builder(query)
        self.assertEqual(self.run_script("""return [document.querySelector('[data-option=limit] .exact').value,
            document.querySelector('[data-option=style] :checked').value, document.querySelector('[data-option=text] .exact').value,
            document.querySelector('.preview-size select').value, document.querySelector('.preview-page').dataset.backdrop,
            document.querySelector('.preview-bar input[value=real]').checked]"""), ["3", "neon", "#ffcc00", "800 × 600", "dark", True])
        self.assertEqual(self.run_script("return document.querySelector('[aria-selected=true]').dataset.tab"), "use")
        self.assertIn("800 × 600", self.texts(".preview-measure")[0])
        eventually(lambda: "Good morning" in self.inside("return document.body.textContent") or self.inside(
            "return document.querySelectorAll('[data-user-id]').length > 0"), "real people")

    def test_one_field_goes_back_to_usual_and_all_of_them_do_and_come_back(self):
        self.open_builder("overlay=voice&options=max%3D3%26scale%3D2")
        self.assertEqual(sorted(self.run_script("return [...document.querySelectorAll('.option.is-changed')].map((one) => one.dataset.option)")),
                         ["max", "scale"])
        self.run_script("document.querySelector('[data-option=max] .option-reset').click()")
        eventually(lambda: self.options_in_address() == "scale=2", "the number as usual")
        self.assertEqual(self.run_script("return document.querySelector('[data-option=max] .exact').value"), "25")
        self.click("Back to usual")
        eventually(lambda: self.options_in_address() is None, "nothing that is not usual")
        self.click("Bring changes back")
        eventually(lambda: self.options_in_address() == "scale=2", "what was there before")

    def test_channels_are_chosen_by_name_and_hostile_names_stay_text(self):
        next(one for one in self.server.community.main["channels"] if one["id"] == "303")["name"] = EVIL
        self.faces.add_preset(name=EVIL, overlay="voice", query="")
        self.open_builder()
        rows = self.texts("[data-option=channel] .choice")
        self.assertEqual(len(rows), 5)
        self.assertTrue(any(EVIL in row for row in rows))
        self.option("channel", "301")
        eventually(lambda: self.options_in_address() == "channel=301", "the channel's id")
        self.open_builder("overlay=voice&options=channel%3D302%2C999")
        self.assertEqual(self.texts("[data-option=channel] .choice:has(:checked)"), ["Focus roomRooms", "999not to be seen here"])
        self.tab("presets")
        eventually(lambda: self.texts(".preset-name") == [EVIL], "the preset")
        self.click("Open", ".presets")
        eventually(lambda: self.texts(".builder-title") == [EVIL], "it to be open")
        self.assertIsNone(self.run_script("return window.hacked ?? null"))

    def test_samples_play_in_the_preview_alone(self):
        self.open_builder("overlay=feed")
        eventually(lambda: self.inside("return document.querySelectorAll('[data-user-id]').length > 0"), "the sample people")
        before = self.inside("return document.body.textContent")
        self.run_script("document.querySelector('[data-sample=message]').click()")
        eventually(lambda: self.inside("return document.body.textContent") != before, "a sample message")
        self.assertEqual(self.called("POST", "/overlay-tests"), [])

    def test_a_preview_that_does_not_come_says_so(self):
        self.open("/?guild=101&view=overlays")
        eventually(lambda: self.all(".gallery-card"), "the gallery")
        self.run_script("""const create = document.createElement.bind(document);
            document.createElement = (name) => { const one = create(name); if (name === 'iframe') {
                const set = one.setAttribute.bind(one); one.setAttribute = (key, value) => set(key, key === 'src' ? '/nothing' : value); }
                return one; };
            const wait = window.setTimeout; window.setTimeout = (run, time) => wait(run, time === 10000 ? 50 : time);
            document.querySelector('.gallery-card').click()""")
        eventually(lambda: self.texts(".preview-trouble .state-title") == ["The preview could not be loaded"], "what is wrong")


class SceneTest(BuilderTest):
    def places(self):
        return self.run_script("""return [...document.querySelectorAll('.scene-part')].map((one) => [one.dataset.part,
            ...['left', 'top', 'width', 'height'].map((side) => Number.parseFloat(one.style[side]))])""")

    def test_parts_are_placed_by_keyboard(self):
        self.open_builder("overlay=scene")
        self.mark()
        before = dict((name, rest) for name, *rest in self.places())
        self.run_script("document.querySelector('.scene-part[data-part=voice]').focus()")
        self.press(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_DOWN)
        self.press(Keys.SHIFT + Keys.ARROW_LEFT + Keys.NULL)
        left, top, width, height = before["voice"]
        eventually(lambda: self.places()[0] == ["voice", left + 2, top + 1, width - 1, height], f"the part to move from {before['voice']}")
        eventually(lambda: (self.options_in_address() or "").startswith(f"place=voice:{left + 2:g},{top + 1:g},{width - 1:g},{height:g};"),
                   "its place in the address")
        eventually(lambda: self.inside("return document.querySelector('[data-part=voice]').style.left") == f"{left + 2:g}%", "the overlay to follow")
        self.assert_not_reloaded()
        eventually(lambda: any("Voice: " in one and "% from the left" in one for one in self.texts(".scene-layer [role=status]")), "it to be said")
        self.press(Keys.DELETE)
        eventually(lambda: "voice" not in [name for name, *_ in self.places()], "the part to be gone")
        self.assertIn("scene-part", self.run_script("return document.activeElement.className"))

    def test_parts_are_placed_by_mouse_and_have_options_of_their_own(self):
        self.open_builder("overlay=scene")
        part = self.all(".scene-part[data-part=stat]")[0]
        before = next(rest for name, *rest in self.places() if name == "stat")
        ActionChains(browser()).click_and_hold(part).move_by_offset(-120, 90).release().perform()
        after = next(rest for name, *rest in self.places() if name == "stat")
        self.assertLess(after[0], before[0] - 5)
        self.assertGreater(after[1], before[1] + 5)
        self.assertEqual(after[2:], before[2:])
        corner = self.all(".scene-part[data-part=stat] [data-corner=se]")[0]
        ActionChains(browser()).click_and_hold(corner).move_by_offset(60, 40).release().perform()
        wider = next(rest for name, *rest in self.places() if name == "stat")
        self.assertGreater(wider[2], after[2] + 3)
        self.assertEqual(wider[:2], after[:2])
        eventually(lambda: self.all('[data-option="goal"]'), "the options of the part")
        self.option("stat", "voice")
        eventually(lambda: "stat.stat=voice" in (self.options_in_address() or ""), "its own option in the address")

    def test_a_part_is_added_and_removed(self):
        self.open_builder("overlay=scene")
        self.set_input(".scene-parts select", "stat")
        eventually(lambda: "stat-2" in [name for name, *_ in self.places()], "one more number")
        self.assertIn("Number 2", self.texts(".part-button"))
        self.assertEqual(self.run_script("return document.querySelector('.part-button[aria-pressed=true]').dataset.part"), "stat-2")
        self.run_script("document.querySelector('[aria-label=\"Remove Number 2\"]').click()")
        eventually(lambda: "stat-2" not in [name for name, *_ in self.places()], "it to be gone")


class PresetTest(BuilderTest):
    def save_as(self, name):
        self.tab("presets")
        eventually(lambda: self.all("#preset-name"), "the name's field")
        self.set_input("#preset-name", name)
        self.run_script("document.querySelector('.presets form').requestSubmit()")

    def test_a_preset_is_made_loaded_renamed_and_deleted(self):
        self.open_builder("overlay=voice&options=scale%3D2")
        self.save_as("Evening")
        eventually(lambda: self.texts(".preset-name") == ["Evening"], "the preset")
        self.assertEqual(self.called("POST", "/presets"), [{"name": "Evening", "overlay": "voice", "query": "scale=2"}])
        self.assertEqual(self.texts(".builder-title"), ["Evening"])
        eventually(lambda: f"preset={self.faces.presets['101'][0]['id']}" in browser().current_url, "it in the address")
        self.click("Rename", ".preset")
        self.set_input("#preset-rename", "Night")
        self.click("Rename", "dialog")
        eventually(lambda: self.texts(".preset-name") == ["Night"], "the new name")
        self.assertEqual(self.texts(".builder-title"), ["Night"])
        self.tab("options")
        self.option("scale", 3)
        eventually(lambda: "Changes not saved" in self.texts(".builder-state")[0], "what is not saved to be told")
        self.click("Save")
        eventually(lambda: self.faces.presets["101"][0]["query"] == "scale=3", "it to be saved")
        eventually(lambda: self.options_in_address() == "scale=3", "the address to say so")
        browser().refresh()
        eventually(lambda: self.texts(".builder-title") == ["Night"], "the preset of the link")
        eventually(lambda: "Saved" in self.texts(".builder-state")[0], "nothing to save")
        self.tab("presets")
        self.click("Delete", ".preset")
        self.click("Delete", "dialog")
        eventually(lambda: self.faces.presets["101"] == [], "it to be deleted")
        eventually(lambda: self.texts(".presets .state-title") == ["No preset yet"], "the empty list")

    def change_elsewhere(self):
        self.faces.presets["101"][0].update(query="scale=4", version=7)

    def conflict(self):
        preset = self.faces.add_preset(name="Evening", overlay="voice", query="scale=2")
        self.open_builder(f"overlay=voice&options=scale%3D2&preset={preset['id']}")
        eventually(lambda: self.texts(".builder-title") == ["Evening"], "the preset")
        self.option("scale", 3)
        self.change_elsewhere()
        self.click("Save")
        eventually(lambda: self.texts(".dialog-title") == ["“Evening” was changed meanwhile"], "the question")
        return preset

    def test_what_somebody_else_saved_is_not_overwritten_unasked(self):
        preset = self.conflict()
        self.assertEqual(preset["query"], "scale=4")
        self.click("Save mine over it", "dialog")
        eventually(lambda: preset["query"] == "scale=3", "mine to be saved")
        eventually(lambda: not self.all("dialog"), "the question to go")

    def test_what_somebody_else_saved_is_taken(self):
        self.conflict()
        self.click("Show theirs", "dialog")
        eventually(lambda: self.options_in_address() == "scale=4", "theirs")
        self.assertEqual(self.faces.presets["101"][0]["version"], 7)

    def test_a_preset_that_was_deleted_meanwhile_is_saved_anew(self):
        preset = self.faces.add_preset(name="Evening", overlay="voice", query="scale=2")
        self.open_builder(f"overlay=voice&options=scale%3D2&preset={preset['id']}")
        eventually(lambda: self.texts(".builder-title") == ["Evening"], "the preset")
        self.option("scale", 3)
        self.faces.presets["101"].clear()
        self.click("Save")
        self.click("Save it as a new preset", "dialog")
        eventually(lambda: self.run_script("return document.activeElement.id") == "preset-name", "the new name's field")
        eventually(lambda: self.options_in_address() == "scale=3", "what was set to be there still")

    def test_a_change_elsewhere_is_shown_to_who_has_none_of_their_own(self):
        preset = self.faces.add_preset(name="Evening", overlay="voice", query="scale=2")
        self.open_builder(f"overlay=voice&options=scale%3D2&preset={preset['id']}")
        eventually(lambda: self.texts(".builder-title") == ["Evening"], "the preset")
        self.change_elsewhere()
        self.server.emit("overlay.updated", {"preset": preset["id"]}, "101")
        eventually(lambda: self.options_in_address() == "scale=4", "the change")

    def test_without_a_database_one_can_build_all_the_same(self):
        self.access.has_database = False
        self.open_builder()
        self.tab("presets")
        eventually(lambda: self.texts(".presets .state-title") == ["Presets need a database"], "why there are none")
        self.tab("options")
        self.option("scale", 2)
        eventually(lambda: self.options_in_address() == "scale=2", "what was set")
        self.tab("use")
        self.assertIn("Paste one that you have", "".join(self.texts(".key-choice > .field-hint")))
        self.paste_key()
        self.assertTrue(self.address().endswith(self.key()))

    def test_who_does_not_manage_the_guild_is_told_what_they_can_do(self):
        self.access.rights["101"] = "member"
        self.open_builder()
        self.tab("presets")
        eventually(lambda: self.texts(".presets .state-title") == ["Who manages this guild keeps its presets"], "why there are none")
        self.tab("use")
        self.assertFalse(any(one.is_displayed() for one in self.all(".builder-actions .button") if one.text == "Save as preset"))
        self.assertFalse(any(one.is_displayed() for one in self.all("[data-test]")))
        self.paste_key()
        self.assertIn("/overlays/voice?guild=101", self.address())
        # Refusals are written down in the audit log: who may not is not asked for.
        self.assertEqual([path for way, path, _ in self.access.requests if path.endswith(("/presets", "/keys"))], [])

    def key(self, **facts):
        text = json.dumps({"k": "overlay", "g": "101", "e": 4_000_000_000, **facts}).encode()
        return f"gwk1.{base64.urlsafe_b64encode(text).decode().rstrip('=')}.bWFj"

    def paste_key(self):
        self.set_input(".key-choice input[type=password]", "gwk1.nonsense")
        eventually(lambda: any(one.is_displayed() for one in self.all(".key-choice .field-problem")), "what is wrong with it")
        self.set_input(".key-choice input[type=password]", self.key(g="102"))
        eventually(lambda: "another guild" in "".join(self.texts(".key-choice .field-problem")), "whose it is")
        self.set_input(".key-choice input[type=password]", self.key())
        eventually(lambda: self.all(".address-field .copy-button")[0].is_enabled(), "the address")


class UseTest(BuilderTest):
    def open_use(self, query="overlay=feed&options=limit%3D3"):
        self.open_builder(query)
        self.tab("use")

    def make_key(self):
        self.click("Make a key")
        eventually(lambda: self.called("POST", "/keys"), "the key to be made")
        eventually(lambda: self.all(".address-field .copy-button")[0].is_enabled(), "the address")

    def test_an_address_is_copied_with_a_key_made_for_it_and_hidden(self):
        self.open_use()
        self.make_key()
        [made] = self.called("POST", "/keys")
        self.assertEqual((made["kind"], made["name"]), ("overlay", "Feed overlay"))
        self.assertIn("message.*", made["events"])
        self.assertIn("overlay.*", made["events"])
        token = f"gwk1.{self.access.keys['101'][-1]['id']}"
        self.assertNotIn("gwk1", self.run_script("return document.body.innerText"))
        copied = self.address()
        self.assertTrue(copied.startswith(f"{self.server.url}/overlays/feed?guild=101&limit=3&key={token}"), copied)
        self.click("Show", ".address-field")
        self.assertEqual(self.texts(".address-text"), [copied])
        self.tab("options")
        self.tab("use")
        self.assertNotIn("gwk1", self.run_script("return document.body.innerText"))
        self.assertNotIn("gwk1", browser().current_url)
        self.assertIn("Feed overlay", self.texts(".key-list .preset-name"))

    def test_a_key_may_be_held_to_the_chosen_channels(self):
        self.open_use("overlay=feed&options=channel%3D201%2C202")
        self.make_key()
        self.assertEqual(self.called("POST", "/keys")[0]["channels"], ["201", "202"])

    def test_who_chose_no_channel_is_told_that_private_ones_show(self):
        self.open_use("overlay=feed")
        warning = ".use-warning"
        eventually(lambda: self.all(warning)[0].is_displayed(), "the warning")
        self.click("Choose channels")
        self.assertEqual(self.run_script("return document.activeElement.dataset.tab"), "options")
        self.option("channel", "201")
        self.tab("use")
        eventually(lambda: not self.all(warning)[0].is_displayed(), "the warning to go")

    def test_the_address_names_the_preset_or_all_that_is_set(self):
        preset = self.faces.add_preset(name="Evening", overlay="voice", query="scale=2")
        self.open_use(f"overlay=voice&options=scale%3D2&preset={preset['id']}")
        self.make_key()
        self.assertIn(f"?guild=101&preset={preset['id']}&key=", self.address())
        self.run_script("document.querySelector('.follow input[value=fixed]').click()")
        self.assertIn("?guild=101&scale=2&key=", self.address())

    def test_a_key_is_revoked_and_leaves_the_address(self):
        self.open_use()
        self.make_key()
        self.run_script("[...document.querySelectorAll('.key-list .is-danger')][0].click()")
        self.click("Revoke", "dialog")
        eventually(lambda: self.access.keys["101"][0]["revoked"], "it to be revoked")
        eventually(lambda: not self.all(".address-field .copy-button")[0].is_enabled(), "no address")
        eventually(lambda: self.texts(".key-list .state-title") == ["No overlay has a key yet"], "the empty list")

    def test_a_test_event_is_sent_and_a_refusal_is_told(self):
        self.open_use()
        self.run_script("document.querySelector('[data-test=milestone]').click()")
        eventually(lambda: self.called("POST", "/overlay-tests") == [{"kind": "milestone"}], "the test event")
        self.access.trouble["POST /api/guilds/101/overlay-tests"] = Refusal(429, "Thirty samples a minute are enough.")
        self.run_script("document.querySelector('[data-test=message]').click()")
        eventually(lambda: any("Thirty samples" in one for one in self.texts(".test-sender [role=alert]")), "why not")

    def test_an_open_server_needs_no_key(self):
        self.access.user, self.access.access = None, "open"
        self.open_use("overlay=stat")
        eventually(lambda: self.all(".address-field .copy-button")[0].is_enabled(), "the address")
        self.assertEqual(self.address(), f"{self.server.url}/overlays/stat?guild=101")
        self.tab("presets")
        self.assertEqual(self.texts(".presets .state-title"), ["Log in to keep presets"])


class LookTest(BuilderTest):
    def test_tabs_obey_the_arrow_keys(self):
        self.open_builder()
        self.run_script("document.querySelector('[data-tab=options]').focus()")
        self.press(Keys.ARROW_RIGHT)
        self.assertEqual(self.run_script("return document.querySelector('[aria-selected=true]').dataset.tab"), "presets")
        self.assertEqual(self.run_script("return document.activeElement.dataset.tab"), "presets")

    def test_nothing_is_cut_off_at_any_width_and_text_has_contrast(self):
        self.faces.add_preset(name="N" * 64, overlay="voice", query="")
        self.access.add_key(name="K" * 64)
        for width in (320, 390, 768, 1280, 2560):
            size(width, 844)
            for query in ("", "overlay=scene", "overlay=voice&tab=presets", "overlay=feed&tab=use"):
                media(scheme="dark" if width == 768 else "light", motion="reduce")
                self.open(f"/?guild=101&view=overlays&{query}")
                eventually(lambda: self.all(".gallery-card" if query == "" else ".builder-title"), "the page")
                eventually(lambda: not self.all(".overlays-view .grey-rows"), "all of it")
                self.assertLessEqual(self.run_script("return document.documentElement.scrollWidth"), width, query)
                self.assertEqual(self.run_script(WIDE), [], f"{query} at {width}")
                self.assertEqual(self.run_script(LOW_CONTRAST), [], f"{query} at {width}")


WIDE = """return [...document.querySelectorAll('.overlays-view *')].filter((one) => one.checkVisibility()
    && !one.closest('.visually-hidden, input, .preview-bar, .preview-foot, .gallery-picture') && one.scrollWidth > one.clientWidth + 1
    && !['visible', 'hidden'].includes(getComputedStyle(one).overflowX)).map((one) => one.className)"""


if __name__ == "__main__":
    unittest.main()
