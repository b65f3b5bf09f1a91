"""specs/overlays.md has every option of every overlay, as the overlays' own tables say it, and every name that themes may use."""

import pathlib
import re
import unittest

from support import BrowserTest, browser, eventually

SPEC = pathlib.Path(__file__).resolve().parent.parent.parent / "specs" / "overlays.md"
TABLES = """const done = arguments[0]; import('/shared/overlay-tables.js').then(({ overlays }) => done(overlays), (why) => done(String(why)))"""
SHARED = ("look", "motion", "source")
SHARED_NAMES = ("lang",)


def value_text(option):
    """What a parameter may be, in words."""
    kind, usual = option["kind"], option["usual"]
    if kind == "choice":
        return ", ".join(f"`{one}`" + (" (usual)" if one == usual else "") for one in option["choices"])
    if kind == "number":
        fallback = "" if usual is None else f", usual {usual:,}"
        return f"{option['min']:,} to {option['max']:,}{fallback}"
    if kind == "list":
        of = ", ".join(f"`{one}`" for one in option["choices"]) if "choices" in option else {
            "id": "ids", "text": "texts", "place": "places"}[option["of"]]
        return f"list: {of}" + (f"; usual {', '.join(usual)}" if usual else "")
    if kind == "flag":
        return "`1` or `0`, usual " + ("`1`" if usual else "`0`")
    if kind == "text":
        return f"text, {option['max']} characters at most"
    return {"colour": "colour", "font": "names", "id": "id"}[kind]


def row(option):
    names = ", ".join(f"`{name}`" for name in [option["name"], *option.get("also", [])])
    return f"| {names} | {value_text(option)} | {option['about']} |"


def is_shared(option):
    return option["group"] in SHARED or option["name"] in SHARED_NAMES


class PapersTest(BrowserTest):
    def setUp(self):
        super().setUp()
        self.open("/tests/unit.html")
        eventually(lambda: self.run_script("return window.__results"), "the page")
        self.tables = browser().execute_async_script(TABLES)
        self.assertIsInstance(self.tables, list, self.tables)
        self.spec = SPEC.read_text()

    def section(self, title):
        found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", self.spec, re.S | re.M)
        self.assertTrue(found, f"specs/overlays.md has no section {title}")
        return [line for line in found[1].split("\n") if line.startswith("| `")]

    def test_each_option_stands_in_the_spec(self):
        for overlay in self.tables:
            expected = [row(one) for one in overlay["options"] if not is_shared(one)]
            self.assertEqual(self.section(f"`/overlays/{overlay['name']}`"), expected, overlay["name"])

    def test_the_options_of_all_overlays_are_the_same(self):
        shared = [[row(one) for one in overlay["options"] if is_shared(one)] for overlay in self.tables]
        for overlay, rows in zip(self.tables, shared):
            self.assertEqual(self.section("Options of all overlays"), rows, overlay["name"])


def print_tables():
    """By hand, when an option changes: the rows to put into the spec."""
    PapersTest.runTest = lambda self: None
    test = PapersTest()
    try:
        test.setUp()
        for overlay in test.tables:
            print(f"\n## {overlay['name']}")
            print("\n".join(row(one) for one in overlay["options"] if not is_shared(one)))
        print("\n## all")
        print("\n".join(row(one) for one in test.tables[0]["options"] if is_shared(one)))
    finally:
        test.doCleanups()


if __name__ == "__main__":
    unittest.main()
