"""A short look at what `scripts/faces` measures for ten minutes: the page keeps no more than what it bounds."""

import unittest

from support import StackCase
from guildwire import faces

SECONDS, SETTLE = 45, 0


class Endurance(StackCase):
    options = {"rate": 100, "members": 200}

    def test_the_dashboard_does_not_grow(self):
        samples = faces.watch(self.stack, SECONDS, SETTLE, every=5, say=lambda _: None)
        parts = faces.thirds(samples)
        # In so short a time the feed is still filling; what is bounded here would be passed by a page that keeps all that it draws.
        first, last = parts[0], parts[-1]
        self.assertGreater(last["events"], 20)
        self.assertLess(last["nodes"], first["nodes"] * 1.5 + 2000)
        self.assertLess(last["heap"], first["heap"] * 2 + 8_000_000)
        self.assertLess(last["listeners"], first["listeners"] * 1.5 + 500)
        print("\n" + "\n".join(faces.table(parts)))


if __name__ == "__main__":
    unittest.main()
