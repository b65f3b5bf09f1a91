"""scripts/guard reads callgrind right, and says what is too much and what too little."""

import json
import os
import tempfile
import unittest

import support

from guildwire.guard import main, profile, verdict

with open(main.THRESHOLDS) as file:
    THRESHOLDS = json.load(file)

PROFILE = """version: 1
desc: Trigger: --dump-after=guardedUnits
events: Ir

fn=guardedUnits
10 5
cfn=swift_slowAlloc
calls=6 0
10 600

fn=swift_slowAlloc
12 30
cfn=malloc
calls=6 0
12 500
cfn=free
calls=7 0
12 70

fn=calloc
13 1
cfn=malloc
calls=2 0
13 9

fn=work
14 2
cfn=calloc
calls=2 0
14 10

summary: 1000
"""


def judged(instructions, allocations=2.0):
    thresholds = {"paths": {"a": {"instructions": 1000.0, "allocations": 2.0}}, "slack": THRESHOLDS["slack"]}
    return verdict.compare({"a": {"instructions": instructions, "allocations": allocations}}, thresholds)[1]


class Guard(unittest.TestCase):
    def test_sums_and_requests_for_memory_are_read(self):
        self.assertEqual(profile.per_unit("a", PROFILE.splitlines(True), 2), {"instructions": 500.0, "allocations": 4.0})
        self.assertEqual(profile.named("x\nguarded: fan-out 200\n◇ y\nguarded: rows 7\n"), [("fan-out", 200), ("rows", 7)])
        with self.assertRaises(ValueError):
            profile.per_unit("a", ["fn=a\n"], 1)

    def test_a_path_of_which_nothing_was_counted_fails(self):
        for summed in (0, 1, -5):
            with self.assertRaisesRegex(support.Failure, "no instructions of fan-out"):
                profile.per_unit("fan-out", [f"summary: {summed}\n"], 200)

    def test_without_a_build_the_tests_are_asked_for(self):
        with tempfile.TemporaryDirectory() as scratch:
            for _ in range(2):
                with self.assertRaisesRegex(support.Failure, "without --no-build"):
                    main.tests(scratch)
                os.makedirs(os.path.join(scratch, "release"), exist_ok=True)

    def test_the_counted_function_is_one(self):
        self.assertEqual(profile.symbol("01 T $s5Guard12guardedUnitsy\n02 t other\n"), "$s5Guard12guardedUnitsy")
        for listed in ("01 T other\n", "01 T $s12guardedUnitsy\n02 t $s12guardedUnitsyTf4\n"):
            with self.assertRaises(support.Failure):
                profile.symbol(listed)

    def test_what_is_within_the_slack_is_well(self):
        for instructions in (1000, 1080, 820):
            self.assertEqual(judged(instructions), [])
        self.assertEqual(judged(1000, 2.2), [])

    def test_one_allocation_more_is_seen_where_there_are_few(self):
        for name, known in THRESHOLDS["paths"].items():
            self.assertGreater(known["instructions"], 0)
            if known["allocations"] > 15:
                continue
            seen = {**known, "allocations": known["allocations"] + 1}
            problems = verdict.compare({name: seen}, {"paths": {name: known}, "slack": THRESHOLDS["slack"]})[1]
            self.assertEqual(len(problems), 1, name)
            self.assertIn("too many", problems[0])

    def test_more_fails_and_so_does_much_less(self):
        self.assertIn("too many", judged(1100)[0])
        self.assertIn("lower that", judged(700)[0])
        self.assertIn("allocations", judged(1000, 3)[0])

    def test_a_path_without_threshold_and_one_that_is_gone_are_said(self):
        thresholds = {"paths": {"gone": {"instructions": 1, "allocations": 1}}, "slack": {}}
        problems = verdict.compare({"new": {"instructions": 1, "allocations": 0}}, thresholds)[1]
        self.assertEqual(len(problems), 2)


if __name__ == "__main__":
    unittest.main()
