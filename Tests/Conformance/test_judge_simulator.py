"""scripts/judge-simulator finds faults: each that it can plant turns the cells red that it has to, for both libraries."""

import os
import re
import subprocess
import unittest

from guildwire import judge
from guildwire.stack import ROOT

SECONDS_MAX = 90


def run(*arguments):
    """(exit status, {(library, feature): verdict}, all that it printed)."""
    done = subprocess.run([os.path.join(ROOT, "scripts", "judge-simulator"), "--no-build", *arguments], cwd=ROOT,
                          capture_output=True, text=True, timeout=SECONDS_MAX)
    verdicts = {}
    for line in done.stdout.splitlines():
        row = re.fullmatch(r"(.+?)  +(ok|FAIL|unsupported|-) +(ok|FAIL|unsupported|-)", line)
        if row:
            verdicts.update(zip(((library, row[1]) for library in judge.LIBRARIES), row.groups()[1:]))
    return done.returncode, verdicts, done.stdout + done.stderr


class JudgeSimulator(unittest.TestCase):
    def test_planted_faults_are_found(self):
        for name, (_, features) in judge.BREAKS.items():
            with self.subTest(fault=name):
                status, verdicts, text = run("--break", name)
                self.assertEqual(status, 1, text)
                for feature in features:
                    for library in judge.LIBRARIES:
                        self.assertEqual(verdicts.get((library, feature)), "FAIL", text)

    def test_a_faultless_simulator_passes_the_same_cells(self):
        features = sorted({feature for _, features in judge.BREAKS.values() for feature in features})
        status, verdicts, text = run(*(word for feature in features for word in ("--only", feature)))
        self.assertEqual(status, 0, text)
        self.assertEqual({verdicts[library, feature] for library in judge.LIBRARIES for feature in features}, {"ok"}, text)

    def test_a_stage_that_ends_early_fails_what_it_did_not_reach(self):
        judgement = judge.Judgement()
        judgement.add("hikari", "session", {"feature": "log in", "verdict": "ok", "detail": ""})
        judgement.add("hikari", "session", {"feature": "log in", "verdict": "FAIL", "detail": "gone"})
        self.assertEqual(judgement.verdict("hikari", "log in"), "FAIL")
        self.assertEqual(judgement.verdict("hikari", "READY"), None)
        self.assertEqual(judgement.failed, [("hikari", "log in")])


if __name__ == "__main__":
    unittest.main()
