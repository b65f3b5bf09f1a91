"""`scripts/session`: session cookies for tests, signed with the secret of the running demo.

  scripts/session --user 80351110224678912                 a cookie's value, good for 12 hours
  curl -N -H "$(scripts/session --user ID --header)" http://127.0.0.1:3000/api/stream
  scripts/session --revoke VALUE                           ends its streams, for good

What is in it: specs/sight.md, "Sessions".
"""

import argparse
import base64
import hashlib
import hmac
import json
import os
import re
import secrets
import socket
import sys
import time
import urllib.parse

from .processes import Failure

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
ENDPOINTS = os.path.join(ROOT, ".guildwire", "endpoints.json")
NAME = "guildwire_session"
REVOKED = "guildwire:sessions:revoked"
HOURS_MAX = 30 * 24


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def mint(user, secret, issued, expires, session=None):
    """The cookie's value. Times are in Unix seconds."""
    payload = {"u": str(user), "s": session or secrets.token_hex(16), "i": issued, "e": expires}
    text = "v1." + encoded(json.dumps(payload, separators=(",", ":")).encode())
    return f"{text}.{encoded(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest())}"


def read(value):
    """The payload of a cookie's value, or of a whole `Cookie:` header; its signature is the service's to check."""
    value = value.strip().split(f"{NAME}=")[-1].split(";")[0]
    try:
        version, payload, _ = value.split(".")
        payload = json.loads(decoded(payload))
        if version != "v1" or not re.fullmatch("[0-9a-f]{32}", payload["s"]) or type(payload["e"]) is not int:
            raise ValueError
        return payload
    except (ValueError, KeyError, TypeError):
        raise Failure("that is no session cookie's value; scripts/session --user ID prints one") from None


def revoke(value, redis):
    """For the service: within the next second of each replica."""
    payload = read(value)
    command(redis, "ZADD", REVOKED, str(payload["e"]), payload["s"])
    return payload["s"]


def command(url, *words):
    """One command to the demo's Redis, which speaks without TLS. Its reply's first line."""
    address = urllib.parse.urlsplit(url)
    commands = [words]
    if address.password:
        user = [urllib.parse.unquote(address.username)] if address.username else []
        commands.insert(0, ["AUTH", *user, urllib.parse.unquote(address.password)])
    if address.path.strip("/"):
        commands.insert(-1, ["SELECT", address.path.strip("/")])
    try:
        with socket.create_connection((address.hostname, address.port or 6379), timeout=5) as connection:
            with connection.makefile("rwb") as file:
                for words in commands:
                    parts = [word.encode() for word in words]
                    file.write(b"*%d\r\n" % len(parts))
                    file.write(b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))
                    file.flush()
                    reply = file.readline().decode().strip()
                    if not reply or reply.startswith("-"):
                        raise Failure(f"Redis answered: {reply or 'nothing'}")
                return reply
    except OSError as error:
        raise Failure(f"Redis cannot be reached: {error}") from None


def endpoints(path):
    try:
        with open(path) as file:
            return json.load(file)
    except OSError:
        raise Failure(f"there is no {os.path.relpath(path)}: is scripts/demo running? Otherwise give --secret") from None


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="scripts/session", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--user", metavar="ID", help="the Discord user's id")
    action.add_argument("--revoke", metavar="VALUE", help="revoke this session, in the demo's Redis")
    parser.add_argument("--hours", type=float, default=12, metavar="N", help="how long it counts (12; at most 720)")
    parser.add_argument("--secret", metavar="S", help="SESSION_SECRET, if not the running demo's; of several the first")
    parser.add_argument("--header", action="store_true", help="print the whole Cookie: header")
    parser.add_argument("--endpoints", default=ENDPOINTS, metavar="FILE", help="of another run than that of .guildwire")
    given = parser.parse_args(arguments)
    if given.revoke:
        print(f"revoked {revoke(given.revoke, endpoints(given.endpoints)['redis'])}")
        return 0
    if not re.fullmatch("[1-9][0-9]{0,19}", given.user) or int(given.user) >= 1 << 64:
        parser.error("--user takes a Discord id, decimal digits")
    if not 0 < given.hours <= HOURS_MAX:
        parser.error(f"--hours takes more than 0 and at most {HOURS_MAX}")
    secret = (given.secret or endpoints(given.endpoints)["tokens"]["session_secret"]).split(",")[0].strip()
    now = int(time.time())
    value = mint(given.user, secret, now, now + max(1, round(given.hours * 3600)))
    print(f"Cookie: {NAME}={value}" if given.header else value)
    return 0


def run():
    try:
        sys.exit(main())
    except Failure as failure:
        print(f"guildwire: {failure}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    run()
