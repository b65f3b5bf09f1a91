"""Who looks in a run of `scripts/chaos`: groups of viewers, each one user; one of them is sent away and comes back."""

import json
import random
import time

from .http import get, post_json
from .processes import Failure
from .session import NAME, mint

# Places among the watched, whom half of the changes of permissions concern (specs/simulator.md).
KINDS = {
    "somebody": 5, "administrator": 4, "moderator": 2, "has rooms of their own": 0, "comes and goes": 7,
    "VIP": 3, "let in where their role is not": 1, "another": 6,
}
AWAY_SECONDS = 2, 6
HERE_SECONDS = 5, 12
DAY = 86_400


class Groups:
    """`world`: `d` of the simulator's GUILD_CREATE; `watched`: ids of members. `count` 0: one group that sees what @everyone sees,
    without logging in."""

    def __init__(self, world, watched, count):
        self.guild = world["id"]
        people = {member["user"]["id"]: member["user"] for member in world["members"]}
        if count and len(watched) < 8:
            raise Failure("groups need a guild of eight members and more")
        self.names = list(KINDS)[:count] or ["@everyone"]
        self.people = [people[watched[KINDS[name]]] for name in self.names] if count else [None]
        self.users = [person and person["id"] for person in self.people]
        self.traveller = self.people[self.names.index("comes and goes")] if "comes and goes" in self.names else None
        # Somebody who says the last word, in a channel that is not among those that come and go.
        self.speaker = people[world["owner_id"]]
        self.channel = next(channel["id"] for channel in world["channels"] if channel["type"] == 0)

    def write(self, path, secret):
        now = int(time.time())
        with open(path, "w") as file:
            for user in self.users:
                file.write(json.dumps({"cookie": f"{NAME}={mint(user, secret, now, now + DAY)}"} if user else {}) + "\n")
        return path

    def view(self):
        """For `send_message`."""
        person = {"userId": self.speaker["id"], "username": self.speaker["username"],
                  "displayName": self.speaker.get("global_name") or self.speaker["username"]}
        return {"id": self.guild, "channels": [{"id": self.channel, "type": 0}], "voice": [person], "messages": []}


class Travel:
    """Sends one member away again and again, and has them come back; `tick` often."""

    def __init__(self, stack, groups, seed):
        self.stack, self.groups, self.chance = stack, groups, random.Random(seed)
        self.is_away, self.next = False, 4.0

    def tick(self, now):
        if self.groups.traveller is None or now < self.next:
            return
        self._send(not self.is_away)
        self.next = now + self.chance.uniform(*(AWAY_SECONDS if self.is_away else HERE_SECONDS))

    def come_home(self):
        if self.is_away:
            self._send(False)

    def _is_member(self):
        url = f"http://127.0.0.1:{self.stack.simulator_port}/api/v10/guilds/{self.groups.guild}/members/{self.groups.traveller['id']}"
        return get(url, headers={"Authorization": f"Bot {self.stack.tokens['bot']}"})[0] == 200

    def _send(self, away):
        # The changes of permissions may have done it already, and during a fault nobody can say.
        if self._is_member() == away:
            event = {"t": "GUILD_MEMBER_REMOVE" if away else "GUILD_MEMBER_ADD",
                     "d": {"guild_id": self.groups.guild, "user": self.groups.traveller}}
            post_json(f"{self.stack.control_url}/control/dispatch", event)
        self.is_away = away
