"""Discord refuses the bot: a clear reason, no readiness, no storm."""

import shutil
import time
import unittest

from support import Stack, get, lacks, make_options, wait_for
from guildwire.http import get_json
from guildwire.processes import Process


class Refusals(unittest.TestCase):
    def refused(self, simulator_flags, token=None):
        """The gateway's reason, and the simulator's counts some time after it."""
        options = make_options()
        stack = Stack(options)
        self.addCleanup(shutil.rmtree, options.folder, ignore_errors=True)
        self.addCleanup(stack.stop)
        stack.simulator_port, stack.control_port = options.wanted_ports["simulator"], options.wanted_ports["control"]
        stack.gateway_port = options.wanted_ports["gateway"]
        stack.simulator = stack.family.start(Process("simulator", [
            stack.binary("Simulator"), "--port", str(stack.simulator_port), "--control-port", str(stack.control_port),
            "--token", stack.tokens["bot"], *simulator_flags], stack.log("simulator"), stack._environment()))
        wait_for("the simulator", lambda: get(f"{stack.control_url}/control/rest")[0] == 200, family=stack.family)
        if token:
            stack.tokens["bot"] = token
        stack.start_gateway()
        ready = f"http://127.0.0.1:{stack.gateway_port}/ready"
        reason = wait_for("the reason", lambda: lacks(ready).get("discord") if "refuse" in str(lacks(ready)).lower()
                          or any(word in str(lacks(ready)) for word in ("DISCORD_BOT_TOKEN", "portal")) else None, 20)
        # A storm would show within a few back-offs; what is compared is counts, not time.
        before = self.asked_of(stack)
        time.sleep(2)
        after = self.asked_of(stack)
        self.assertEqual(before[:2], after[:2])
        self.assertLessEqual(after[2], 1, "one look at the application's switches in 15 s")
        self.assertTrue(stack.gateway.running, "a refused gateway stays up and says why")
        return reason

    def asked_of(self, stack):
        """New sessions, requests, and among these looks at the application, which are counted apart."""
        requests = get(f"{stack.control_url}/control/rest")[1].splitlines()
        looks = sum(b"/applications/@me" in one for one in requests)
        return get_json(f"{stack.control_url}/control/sessions")["identifies"], len(requests) - looks, looks

    def test_a_wrong_token_names_the_setting(self):
        self.assertIn("DISCORD_BOT_TOKEN", self.refused([], token="another-token"))

    def test_intents_that_are_switched_off_name_the_portal(self):
        self.assertIn("portal", self.refused(["--deny-intents", "2"]).lower())


if __name__ == "__main__":
    unittest.main()
