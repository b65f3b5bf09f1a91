"""Rules of the pages that need no browser to be checked."""

import re
import unittest

from mock_server import PUBLIC

MARKUP = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function")
OFF_SITE = re.compile(r"""["'(](?:https?:)?//(?!www\.w3\.org/2000/svg)""")


def files(*kinds):
    return [(path.relative_to(PUBLIC), path.read_text()) for path in sorted(PUBLIC.rglob("*")) if path.suffix in kinds]


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


if __name__ == "__main__":
    unittest.main()
