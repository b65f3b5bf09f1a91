"""Rules of the pages that need no browser to be checked."""

import re
import unittest

from mock_server import PUBLIC

MARKUP = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function")
# Discord's portal is a link that people follow; nothing is loaded from there.
OFF_SITE = re.compile(r"""["'(](?:https?:)?//(?!www\.w3\.org/2000/svg|discord\.com/developers/applications")""")

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl|hwb|lab|lch|oklab|oklch|color)a?\((?!\s*from)|:[^;{]*[\s,(](?:white|black|red|green|blue|gr[ae]y|orange|yellow)\b")
DURATION = re.compile(r"(?<![\w.-])\d*\.?\d+m?s\b")
RADIUS = re.compile(r"border-(?:[a-z]+-)*radius:[^;]*[1-9]\d*px")
TYPE = re.compile(r"font(?:-size)?:[^;]*\dpx")
# They lie over a video, in colours of their own; avatars have a colour for each person, and are on overlays too.
OWN_COLOURS = re.compile(r"overlays/|shared/(?:overlay-|avatar\.css|tokens\.css)")
ROOT = PUBLIC.parent.parent.parent


def files(*kinds):
    return [(path.relative_to(PUBLIC), path.read_text()) for path in sorted(PUBLIC.rglob("*")) if path.suffix in kinds]


def own_styles():
    """The style sheets that keep to the tokens, without comments: all pages but overlays."""
    return [(str(path), COMMENT.sub("", text)) for path, text in files(".css")
            if str(path).startswith("dashboard/") or not OWN_COLOURS.match(str(path))]


class RulesTest(unittest.TestCase):
    def assertNone(self, found):
        self.assertEqual(list(found), [])

    def test_data_never_becomes_markup_or_code(self):
        self.assertNone(path for path, text in files(".js") if MARKUP.search(text))

    def test_pages_obey_a_strict_content_security_policy(self):
        self.assertNone(path for path, text in files(".html")
                        if re.search(r"""\sstyle\s*=|\son\w+\s*=|<style|<script(?![^>]*\ssrc=)""", text))

    def test_nothing_is_loaded_from_elsewhere(self):
        self.assertNone(path for path, text in files(".html", ".css", ".js") if OFF_SITE.search(text))

    def test_only_the_stream_and_the_api_talk_to_the_server(self):
        self.assertNone(path for path, text in files(".js")
                        if path.name not in ("event-stream.js", "api.js") and re.search(r"\bfetch\(|EventSource|XMLHttpRequest|WebSocket", text))

    def test_files_and_lines_are_short(self):
        self.assertNone(path for path, text in files(".html", ".css", ".js") if text.count("\n") > 350)
        self.assertNone(f"{path}:{number}" for path, text in files(".html", ".css", ".js")
                        for number, line in enumerate(text.split("\n"), 1) if len(line) > 120)

    def test_every_page_names_files_that_are_there(self):
        for path, text in files(".html", ".js"):
            for name in re.findall(r"""["'](/(?:shared|dashboard|overlays|account|manage|docs)/[\w./-]+\.\w+)["']""", text):
                self.assertTrue((PUBLIC / name.lstrip("/")).is_file(), f"{path} names {name}")

    def test_colours_and_durations_are_the_tokens(self):
        self.assertGreater(len(own_styles()), 20)
        self.assertNone(f"{path}: {found.group().strip()}" for path, text in own_styles() for rule in (COLOUR, DURATION)
                        for found in rule.finditer(text))

    def test_corners_and_types_of_the_dashboard_are_the_tokens(self):
        self.assertNone(f"{path}: {found.group()}" for path, text in own_styles() if path.startswith("dashboard/")
                        for rule in (RADIUS, TYPE) for found in rule.finditer(text))

    def test_tokens_are_known_and_each_has_its_reason(self):
        tokens = set(re.findall(r"^\s+(--[\w-]+):", (PUBLIC / "shared/tokens.css").read_text(), re.MULTILINE))
        paper = (ROOT / "specs/interface.md").read_text()
        self.assertGreater(len(tokens), 40)
        told = set(re.findall(r"^\| `(--[\w-]+)` \| [^|]{12,} \|$", paper, re.MULTILINE))
        self.assertEqual(told, tokens, "tokens.css and the tables of specs/interface.md")
        local = set(re.findall(r"(--[\w-]+)\s*:", "".join(text for _, text in own_styles()))) | {"--avatar-size"}
        set_by_scripts = set(re.findall(r"[\"'](--[\w-]+)[\"']", "".join(text for _, text in files(".js"))))
        for path, text in own_styles():
            used = set(re.findall(r"var\((--[\w-]+)", text))
            self.assertEqual(used - tokens - local - set_by_scripts, set(), f"{path}: no such token")

    def test_each_key_is_in_the_paper(self):
        keys = {key for _, text in files(".js") for key in re.findall(r'addShortcut\("([^"]+)",', text)}
        self.assertIn("r", keys)
        paper = (ROOT / "specs/interface.md").read_text()
        self.assertNone(key for key in keys if not re.search(rf"^\|[^|]*`{re.escape(key)}`[^|]*\|", paper, re.MULTILINE))

    def test_movements_have_names_of_their_own(self):
        owners = {}
        for path, text in own_styles():
            for name in set(re.findall(r"@keyframes\s+([\w-]+)", text)):
                owners.setdefault(name, []).append(path)
        self.assertEqual({name: paths for name, paths in owners.items() if len(paths) > 1}, {})


if __name__ == "__main__":
    unittest.main()
