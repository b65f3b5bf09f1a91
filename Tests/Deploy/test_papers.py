"""Papers that name tests or files name ones that exist."""

import os
import re
import unittest

from support import ROOT, read


class ThreatModel(unittest.TestCase):
    def test_every_test_that_is_named_exists(self):
        named = re.findall(r"`(Tests/[\w/.]+)` “([^”]+)”", read("specs/threat-model.md"))
        self.assertGreater(len(named), 60)
        texts = {}
        for path, name in named:
            with self.subTest(path=path, name=name):
                if path not in texts:
                    texts[path] = read(path)
                declared = {".swift": f"func `{name}`", ".js": f'test("{name}"'}.get(os.path.splitext(path)[1], f"def {name}(")
                self.assertIn(declared, texts[path])

    def test_every_threat_names_a_test_or_says_that_there_is_none(self):
        text = read("specs/threat-model.md").split("## Threats")[1].split("## Known gaps")[0]
        rows = [row for row in text.splitlines() if row.startswith("|") and not row.startswith(("| threat", "| #", "|---"))]
        self.assertGreater(len(rows), 40)
        for row in rows:
            cell = row.split("|")[-2]
            self.assertTrue("“" in cell or "no test" in cell, row)


def swift(folder):
    """All Swift text below a folder."""
    found = []
    for path, _, names in os.walk(os.path.join(ROOT, folder)):
        found += [read(os.path.join(path, name)) for name in names if name.endswith(".swift")]
    return "\n".join(found)


class Operations(unittest.TestCase):
    paper = read("specs/operations.md")

    def test_metrics_that_are_named_exist(self):
        known = set(re.findall(r'"(guildwire_\w+)"', swift("Services") + swift("Shared")))
        named = set(re.findall(r"`(guildwire_\w+)`", self.paper))
        self.assertGreater(len(named), 10)
        self.assertEqual(named - known, set())

    def test_what_readiness_may_name_is_what_the_services_say(self):
        rows = self.paper.split("## Missing, and notes")[1].split("\n## ")[0].splitlines()
        table, service = {}, None
        for row in [row for row in rows if row.startswith("|")][2:]:
            first, names = [cell.strip() for cell in row.split("|")[1:3]]
            service = first or service
            table.setdefault(service, set()).update(re.findall(r"`(\w+)`", names))
        for service, names in table.items():
            code = swift(f"Services/{service.capitalize()}")
            said = set(re.findall(r'readiness\.(?:set|note)\(\s*"(\w+)"', code))
            self.assertEqual(names, said, service)


class Links(unittest.TestCase):
    def test_links_between_papers_lead_somewhere(self):
        papers = ["README.md", "CONTRIBUTING.md", "deploy/README.md"] + \
            [f"specs/{name}" for name in os.listdir(os.path.join(ROOT, "specs")) if name.endswith(".md")]
        for paper in papers:
            for target in re.findall(r"\]\(([^)#:]+)\)", read(paper)):
                where = os.path.normpath(os.path.join(ROOT, os.path.dirname(paper), target))
                self.assertTrue(os.path.exists(where), f"{paper}: {target}")


if __name__ == "__main__":
    unittest.main()
