"""scripts/judge-simulator finds faults: each that it can plant turns the cells red that it has to, for both libraries."""

import concurrent.futures
import os
import re
import subprocess
import tempfile
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
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            results = list(pool.map(lambda name: run("--break", name), judge.BREAKS))
        for (name, (_, features)), (status, verdicts, text) in zip(judge.BREAKS.items(), results):
            with self.subTest(fault=name):
                self.assertEqual(status, 1, text)
                for feature in features:
                    for library in judge.LIBRARIES:
                        self.assertEqual(verdicts.get((library, feature)), "FAIL", text)

    def test_a_faultless_simulator_passes_the_same_cells(self):
        features = sorted({feature for _, features in judge.BREAKS.values() for feature in features})
        status, verdicts, text = run(*(word for feature in features for word in ("--only", feature)))
        self.assertEqual(status, 0, text)
        self.assertEqual({verdicts[library, feature] for library in judge.LIBRARIES for feature in features}, {"ok"}, text)

    def test_the_worst_verdict_of_a_cell_counts(self):
        judgement = judge.Judgement()
        for verdict in ("ok", "unsupported", "FAIL", "ok"):
            judgement.add("hikari", "session", {"feature": "log in", "verdict": verdict, "detail": "why"})
        self.assertEqual(judgement.verdict("hikari", "log in"), "FAIL")
        self.assertEqual(judgement.verdict("hikari", "READY"), None)
        self.assertEqual(judgement.failed, [("hikari", "log in")])

    def test_a_stage_that_ends_before_its_time_fails_what_it_did_not_reach(self):
        judgement = judge.Judgement()
        options = judge.Options(configuration="release")
        with tempfile.TemporaryDirectory() as folder:
            judge.Stage(options, "/bin/false", "hikari", "large", [], None, folder).run(judgement)
        self.assertEqual(judgement.verdict("hikari", "member chunks"), "FAIL")


if __name__ == "__main__":
    unittest.main()
