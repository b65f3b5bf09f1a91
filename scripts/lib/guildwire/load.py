"""`scripts/load`: many viewers on a busy community, and what they missed."""

import argparse
import subprocess
import sys

from .processes import Failure
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
        return 0 if subprocess.run(command).returncode == 0 else 1
    finally:
        stack.stop()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        print(f"guildwire: {failure}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
