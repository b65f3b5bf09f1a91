"""`scripts/load`: many viewers on a busy community, and what they missed."""

import argparse
import json
import subprocess
import tempfile
import time

from .processes import run_command
from .session import NAME, mint
from .stack import Options, Stack, build


def main():
    parser = argparse.ArgumentParser(prog="scripts/load", description=__doc__)
    parser.add_argument("--rate", type=float, default=100, help="events a second from the simulator")
    parser.add_argument("--viewers", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--web", type=int, default=1, metavar="N", help="replicas of web; the viewers are spread over them")
    parser.add_argument("--members", type=int, default=500)
    parser.add_argument("--no-build", action="store_true")
    arguments = parser.parse_args()
    options = Options(web=arguments.web, rate=arguments.rate, members=arguments.members, progress=lambda text: None)
    if not arguments.no_build:
        build(options)
    print(f"{arguments.rate:g} events/s, {arguments.viewers} viewers on {arguments.web} replica(s), "
          f"{arguments.seconds} s", flush=True)
    stack = Stack(options)
    try:
        stack.start()
        command = [stack.binary("LoadProbe"), "--control", stack.control_url, "--viewers", str(arguments.viewers),
                   "--seconds", str(arguments.seconds)]
        for url in stack.web_urls:
            command += ["--url", url]
        with tempfile.NamedTemporaryFile("w", suffix=".groups") as groups:
            # The owner sees all that was sent: what does not arrive is lost.
            now = int(time.time())
            cookie = mint(stack.people()["owner"], stack.tokens["session"], now, now + arguments.seconds + 3600)
            groups.write(json.dumps({"cookie": f"{NAME}={cookie}"}) + "\n")
            groups.flush()
            return 0 if subprocess.run(command + ["--groups", groups.name]).returncode == 0 else 1
    finally:
        stack.stop()


if __name__ == "__main__":
    run_command(main)
