"""A client of `/api/ws`, made of somebody else's WebSocket library: `websockets`, in an environment of its own.

    load(scratch)     # installs what is missing; a Failure says why it cannot be had
"""

import glob
import json
import os
import sys
import threading
import time

from . import peers

REQUIREMENTS = "websockets==17.4\n"


def load(scratch):
    """The library's module."""
    interpreter = peers.python(scratch, lambda _: None, REQUIREMENTS, "feed-peers")
    folder = os.path.dirname(os.path.dirname(interpreter))
    for path in glob.glob(os.path.join(folder, "lib", "python3*", "site-packages")):
        if path not in sys.path:
            sys.path.append(path)
    import websockets.sync.client
    return websockets


class Feed(threading.Thread):
    """Follows the feed as `EventSource` follows a stream: reconnects behind the last id, keeps (arrival, id, event, data)."""

    def __init__(self, websockets, url, **options):
        super().__init__(daemon=True)
        self.websockets, self.url, self.options = websockets, url.replace("http://", "ws://"), options
        self.events, self.last_id, self.retry = [], None, 1.0
        self.connections, self.closing, self.socket = 0, False, None
        # What is no event: positions, as they came; and how each connection ended.
        self.positions, self.ends = [], []
        self.condition = threading.Condition()
        self.start()

    def run(self):
        while not self.closing:
            try:
                self._follow()
            except (OSError, self.websockets.exceptions.WebSocketException):
                pass
            time.sleep(self.retry)

    def _follow(self):
        mark = "&" if "?" in self.url else "?"
        url = self.url + (f"{mark}lastEventId={self.last_id}" if self.last_id else "")
        with self.websockets.sync.client.connect(url, max_size=None, proxy=None, **self.options) as self.socket:
            self.connections += 1
            try:
                for text in self.socket:
                    self._take(json.loads(text), text)
            finally:
                self.ends.append(self.socket.close_code)

    def _take(self, message, text):
        kind = message["type"]
        if "id" in message:
            self.last_id = message["id"]
        if kind == "retry":
            self.retry = message["milliseconds"] / 1000
        elif kind == "position":
            self.positions.append(message["id"])
        else:
            # The envelope's own bytes, not what a reader of JSON would write again.
            data = text[text.index('"data":') + 7:-1]
            with self.condition:
                self.events.append((time.time(), message["id"], message["event"], data))
                self.condition.notify_all()

    def close(self):
        self.closing = True
        if self.socket:
            self.socket.close()
