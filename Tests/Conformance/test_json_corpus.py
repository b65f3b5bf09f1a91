"""Our JSON reader against a file for each rule: y_ must be accepted, n_ refused, and i_ may be either.

What RFC 8259 leaves open has an answer all the same, written here; specs/conformance.md gives the reasons.
"""

import json
import os
import subprocess
import unittest
from concurrent.futures import ThreadPoolExecutor

from http_support import TOOL

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "json")
# Grammar is all that a reader checks of a number: what it is worth is for whoever asks. Half a surrogate pair is legal
# in the grammar and is read as U+FFFD. Containers may nest 128 deep.
REFUSED_OPEN_CASES = {"i_structure_depth_129.json", "i_structure_depth_500.json"}


def run(name):
    done = subprocess.run([TOOL, "json", os.path.join(FOLDER, name)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return name, done.returncode, done.stdout.decode()


class Corpus(unittest.TestCase):
    def test_every_file(self):
        names = sorted(os.listdir(FOLDER))
        self.assertGreaterEqual(len(names), 150)
        with ThreadPoolExecutor(4) as pool:
            for name, status, said in pool.map(run, names):
                with self.subTest(name):
                    expected = 1 if name.startswith("n_") or name in REFUSED_OPEN_CASES else 0
                    self.assertEqual(status, expected, said)
                    # Refused by the reader for a reason, not by anything else that went wrong.
                    self.assertEqual("JSON refused at byte" in said, expected == 1, said)

    def test_the_corpus_against_another_reader(self):
        """Python's reader is more lenient; where it refuses a text that we must accept, the file is wrong."""
        for name in sorted(os.listdir(FOLDER)):
            if name.startswith("y_"):
                with self.subTest(name), open(os.path.join(FOLDER, name), "rb") as file:
                    json.loads(file.read())

    def test_a_text_past_the_limit_of_size(self):
        done = subprocess.run([TOOL, "json", "/dev/zero"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"tooLarge", done.stdout)


if __name__ == "__main__":
    unittest.main()
