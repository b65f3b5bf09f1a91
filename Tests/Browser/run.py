"""Runs all browser tests:  /usr/bin/python3 Tests/Browser/run.py [name …]

With BASE_URL=http://127.0.0.1:3000 only those that watch a living community, against that server.
"""

import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))


def main():
    import support
    loader = unittest.TestLoader()
    if sys.argv[1:]:
        suite = loader.loadTestsFromNames(sys.argv[1:])
    else:
        suite = loader.discover(str(HERE), "test_living.py" if support.BASE_URL else "test_*.py")
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    failed = len(result.failures) + len(result.errors)
    skipped = len(result.skipped)
    passed = max(0, result.testsRun - failed - skipped)     # who cannot even be set up fails without having run
    print(f"browser tests: {passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(0 if failed == 0 and result.testsRun > skipped else 1)


if __name__ == "__main__":
    main()
