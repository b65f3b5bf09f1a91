"""The styling contract: what themes may rely on in each overlay's document (specs/overlays.md). When a line of these must change, so must
the contract's number, and people's themes with it."""

import pathlib
import re
import unittest

from support import BrowserTest, browser, eventually

SPEC = pathlib.Path(__file__).resolve().parent.parent.parent / "specs" / "overlays.md"
# The skeleton of the document: classes, and the attributes of data; each line once, however often it is there.
SKELETON = r"""
    const lines = new Set();
    const walk = (one, depth) => {
        if (one.tagName === 'IMG' || one.classList.contains('icon')) return;
        const data = [...one.attributes].map(({ name }) => name).filter((name) => name.startsWith('data-') && name !== 'data-overlay-contract')
            .sort().map((name) => `[${name}]`).join('');
        const classes = [...one.classList].filter((name) => !/^(is-(entering|leaving|muted|deafened|streaming|bot)|has-video|avatar(-initials)?)$/.test(name));
        const line = classes.map((name) => `.${name}`).join('') + data;
        if (line) lines.add(line);
        for (const child of one.children) walk(child, depth + 1);
    };
    walk(document.querySelector('main'));
    return [...lines].sort()"""
FRAME = "[data-align][data-layout][data-valign]"
VOICE = {
    ".voice-channel[data-channel-id]", ".voice-channel-name", ".voice-channels", ".voice-empty.overlay-plate", ".voice-mark[data-mark]",
    ".voice-marks", ".voice-avatar", ".voice-member.overlay-plate[data-user-id]", ".voice-members", ".voice-more.overlay-line",
    ".voice-name.overlay-line", ".voice-time", ".overlay-line"}
FEED = {
    ".feed-avatar", ".feed-body", ".feed-channel.overlay-line", ".feed-entries", ".feed-entry.overlay-plate[data-kind][data-user-id]",
    ".feed-head", ".feed-name.overlay-line", ".feed-text"}
STAT = {
    ".overlay-bar-fill", ".stat-bar.overlay-bar", ".stat-card.overlay-plate[data-stat]", ".stat-goal", ".stat-icon",
    ".stat-label.overlay-line", ".stat-top", ".stat-value", ".stat-words"}
MILESTONES = {
    ".milestones-bar.overlay-bar", ".milestones-card.overlay-plate", ".milestones-count", ".milestones-next",
    ".milestones-now", ".milestones-rest", ".milestones-title.overlay-line", ".overlay-bar-fill"}
FRAMES = {"voice": f".voice-overlay{FRAME}", "feed": ".feed-overlay[data-align][data-layout][data-newest][data-valign]",
          "stat": f".stat-overlay{FRAME}", "milestones": f".milestones-overlay{FRAME}"}
CONTRACT = {
    "voice?time=1": {FRAMES["voice"]} | VOICE,
    "feed": {FRAMES["feed"]} | FEED,
    "stat?goal=1000": {FRAMES["stat"]} | STAT,
    "milestones": {FRAMES["milestones"]} | MILESTONES,
    "scene?voice.time=1": {".scene-overlay", ".scene-part[data-overlay][data-part]"} | set(FRAMES.values()) | VOICE | FEED | STAT | MILESTONES,
}
VARIABLES = {"--overlay-text": "color", "--overlay-plate": "background-color", "--overlay-weight": "font-weight", "--overlay-font": "font-family"}


class ContractTest(BrowserTest):
    def show(self, address, ready=".overlay-plate, .feed-entry"):
        self.open(f"/overlays/{address}{'&' if '?' in address else '?'}sample=still")
        eventually(lambda: self.all(ready), f"{address} to be drawn")

    def test_document_of_each_overlay(self):
        for address, expected in CONTRACT.items():
            with self.subTest(overlay=address):
                self.show(address)
                self.assertEqual(self.run_script("return document.documentElement.dataset.overlayContract"), "1")
                eventually(lambda: self.run_script(SKELETON) == sorted(expected), f"the contract of {address}: "
                           f"{set(self.run_script(SKELETON)) ^ expected}")

    def test_states_of_people(self):
        self.show("voice")
        names = self.run_script("""return [...document.querySelectorAll('.voice-member')].map((one) =>
            [one.dataset.userId, ...[...one.classList].filter((name) => /^(is|has)-/.test(name)), ...[...one.querySelectorAll('.voice-mark')]
                .map((mark) => mark.dataset.mark)].join(' ')).sort()""")
        self.assertEqual(names, ["9100 is-streaming stream", "9101", "9102 is-muted mute", "9103 has-video video", "9104",
                                 "9105 is-muted is-deafened deaf"])

    def test_celebration(self):
        self.show("milestones?layout=ring")
        self.assertTrue(self.all(".milestones-ring"))
        self.open("/tests/frame.html?overlay=milestones%3Fsample%3Dstill")
        eventually(lambda: self.run_script("return window.framed?.ready"), "the overlay within a frame")
        self.run_script("window.framed.sample('milestone')")
        found = eventually(lambda: self.run_script("""const banner = window.framed.document().querySelector('.milestones-banner');
            return banner && [banner.dataset.count, ...['.milestones-reached', '.milestones-thanks'].map((one) => banner.querySelector(one)?.textContent),
                banner.parentElement.dataset.celebrating]"""), "the banner")
        self.assertEqual(found, ["1000", "1,000 members!", "Thank you all", "true"])

    def test_every_name_of_the_spec_is_there(self):
        contract = self.spec_section()
        known = " ".join(one for lines in CONTRACT.values() for one in lines)
        source = "\n".join(path.read_text() for path in (SPEC.parent.parent / "Services/Web/Public").rglob("*.*")
                           if path.suffix in (".js", ".css") and ("overlay" in str(path)))
        for name in re.findall(r"`(\.[a-z-]+)", contract):
            self.assertTrue(f"{name}" in known or re.search(rf"[\"'`.{{ ]{re.escape(name[1:])}\b", source), f"{name} is nowhere")
        for name in re.findall(r"`(--overlay-[a-z-]+)`", contract):
            self.assertIn(f"{name}:", source)

    def spec_section(self):
        return re.search(r"^## Styling contract\n(.*?)^## ", SPEC.read_text(), re.S | re.M)[1]

    def test_themes_count_more_than_styles_and_less_than_the_address(self):
        for query, expected in (("", ["rgb(1, 2, 3)", "rgb(4, 5, 6)", "300"]), ("&style=paper", ["rgb(1, 2, 3)", "rgb(4, 5, 6)", "300"]),
                                ("&text=ff0000&weight=900", ["rgb(255, 0, 0)", "rgb(4, 5, 6)", "900"])):
            self.show(f"voice?x=1{query}")
            # As OBS does with custom CSS.
            self.run_script("""const sheet = new CSSStyleSheet();
                sheet.replaceSync(':root { --overlay-text: rgb(1 2 3); --overlay-plate: rgb(4 5 6); --overlay-weight: 300 }');
                document.adoptedStyleSheets = [sheet]""")
            style = self.run_script("""const style = getComputedStyle(document.querySelector('.voice-member'));
                return [style.color, style.backgroundColor, style.fontWeight]""")
            self.assertEqual(style, expected, query)

    def test_each_style_has_a_look_of_its_own(self):
        looks = set()
        for style in ("plate", "glass", "outline", "minimal", "neon", "paper", "ribbon"):
            self.show(f"voice?style={style}")
            looks.add(self.run_script("""const style = getComputedStyle(document.querySelector('.voice-member'));
                return [style.color, style.backgroundColor, style.boxShadow, style.textShadow, style.fontWeight].join()"""))
        self.assertEqual(len(looks), 7)

    def test_one_person_may_look_different(self):
        self.show("voice")
        self.run_script("""const sheet = new CSSStyleSheet();
            sheet.replaceSync('.voice-member[data-user-id="9101"] { --overlay-plate: rgb(91 42 134) }'); document.adoptedStyleSheets = [sheet]""")
        grounds = self.run_script("""return ['9101', '9100'].map((id) =>
            getComputedStyle(document.querySelector(`[data-user-id="${id}"]`)).backgroundColor)""")
        self.assertEqual(grounds[0], "rgb(91, 42, 134)")
        self.assertNotEqual(grounds[1], grounds[0])

    def test_everything_is_transparent(self):
        for address in CONTRACT:
            self.show(address)
            grounds = self.run_script("""return [...document.querySelectorAll('html, body, main, .scene-part, [data-align], .voice-channel')]
                .map((one) => getComputedStyle(one).backgroundColor + getComputedStyle(one).backgroundImage)""")
            self.assertEqual(set(grounds), {"rgba(0, 0, 0, 0)none"}, address)
        self.assertEqual(self.console_errors(), [])


if __name__ == "__main__":
    unittest.main()
