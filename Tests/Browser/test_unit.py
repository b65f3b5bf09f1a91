"""The tests of the pure JavaScript files, run inside Chromium."""

from support import BrowserTest, eventually


class UnitTest(BrowserTest):
    def test_pure_files(self):
        self.open("/tests/unit.html")
        results = eventually(lambda: self.run_script("return window.__results"), "the unit tests to end")
        failures = [f"{one['name']}: {one['error']}" for one in results if one["error"]]
        print(f"({len(results)} JavaScript tests) ", end="", flush=True)
        self.assertGreater(len(results), 30)
        self.assertEqual(failures, [])
