"""`scripts/demo`: the whole of Guildwire on this machine, with a simulated Discord unless a bot token is given."""

import argparse
import os
import signal
import sys
import threading

from .check import check
from .processes import Failure
from .stack import Options, Stack, build

HELP = """
What you see, and where:

  Dashboard   {dashboard}
  Overlay     {overlay}   (for OBS: a browser source of this address)

  All addresses, tokens and process ids: {folder}/endpoints.json
  Logs: {folder}/run/*.log
"""

REAL = """
To watch a real Discord server instead, give the demo a bot's token:

  DISCORD_BOT_TOKEN=… scripts/demo

README.md, "A real Discord server", says how to make a bot, which switches it needs and how to invite it.
"""


def main():
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--web", type=int, default=1, metavar="N", help="replicas of web, behind nginx when more than 1")
    parser.add_argument("--rate", type=float, default=5, help="events a second in the simulated community")
    parser.add_argument("--permission-churn", type=float, default=0, metavar="RATE",
                        help="changes a second of roles, overwrites, time-outs, members and threads")
    parser.add_argument("--members", type=int, default=200, help="members of each simulated guild")
    parser.add_argument("--guilds", type=int, default=1, help="simulated guilds")
    parser.add_argument("--seed", type=int, default=1, help="another seed, another community")
    parser.add_argument("--access", choices=["open", "login"], default="open",
                        help="open: this machine sees what @everyone sees; login: who looks logs in, at the simulator's Discord")
    parser.add_argument("--check", action="store_true", help="start, follow one event everywhere, stop; exit 0 or 1")
    parser.add_argument("--kill", choices=["gateway"], help="with --check: kill it in between")
    parser.add_argument("--no-build", action="store_true", help="use what was built before")
    arguments = parser.parse_args()
    if not 1 <= arguments.web <= 16:
        parser.error("--web takes 1 to 16")
    if arguments.kill and not arguments.check:
        parser.error("--kill goes with --check")
    if arguments.check and arguments.access == "login":
        parser.error("--check looks as @everyone does; leave --access login out")
    if arguments.access == "login" and os.environ.get("DISCORD_BOT_TOKEN"):
        missing = [name for name in ("DISCORD_CLIENT_ID", "DISCORD_CLIENT_SECRET") if not os.environ.get(name)]
        if missing:
            parser.error(f"--access login with a real bot needs {' and '.join(missing)}")
    if arguments.check and os.environ.get("DISCORD_BOT_TOKEN"):
        parser.error("--check drives the simulator; unset DISCORD_BOT_TOKEN")
    options = Options(web=arguments.web, rate=arguments.rate, permission_churn=arguments.permission_churn,
                      members=arguments.members, guilds=arguments.guilds, seed=arguments.seed, access=arguments.access,
                      progress=lambda text: print(text, flush=True))
    if not arguments.no_build:
        print("Building (release; the first time takes some minutes) …", flush=True)
        build(options)
    # SIGTERM gets the same tidy end as Ctrl-C, and Ctrl-C is heard where a shell started this in the background.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    stack = Stack(options)
    try:
        stack.start()
        endpoints = stack.write_endpoints()
        if arguments.check:
            check(stack, arguments.kill)
            print("Check passed.")
            return 0
        print(HELP.format(folder=os.path.relpath(stack.folder), **endpoints))
        if not stack.real_token:
            print(REAL)
        print("Ctrl-C stops everything that was started here, and nothing else.", flush=True)
        while True:
            stack.family.check()
            threading.Event().wait(1)
    finally:
        print("Stopping …", flush=True)
        stack.stop()


def run():
    try:
        sys.exit(main())
    except Failure as failure:
        print(f"guildwire: {failure}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    run()
