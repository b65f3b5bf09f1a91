"""Small HTTP and SSE clients for the scripts."""

import http.client
import json
import threading
import time
import urllib.error
import urllib.request


def get(url, timeout=5, headers=None):
    """(status, body) or (None, reason)."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {}), timeout=timeout) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except (OSError, http.client.HTTPException) as error:
        return None, str(error).encode()


def get_json(url, timeout=5, headers=None):
    status, body = get(url, timeout, headers)
    return json.loads(body) if status == 200 else None


def post_json(url, value, timeout=5):
    request = urllib.request.Request(url, json.dumps(value).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=timeout) as answer:
        return json.loads(answer.read() or b"null")


class EventSource(threading.Thread):
    """Follows a stream as a browser does: reconnects with Last-Event-ID, keeps (arrival, id, event, data)."""

    def __init__(self, url, headers=None):
        super().__init__(daemon=True)
        self.headers = headers or {}
        self.url, self.events, self.last_id, self.retry = url, [], None, 1.0
        self.connections, self.open, self.closing = 0, False, False
        self.condition = threading.Condition()
        self.start()

    def run(self):
        while not self.closing:
            try:
                headers = {"Accept": "text/event-stream", "Cache-Control": "no-cache", **self.headers}
                if self.last_id:
                    headers["Last-Event-ID"] = self.last_id
                answer = urllib.request.urlopen(urllib.request.Request(self.url, headers=headers), timeout=45)
                self.connections += 1
                self.open = True
                self._read(answer)
            except (OSError, http.client.HTTPException):
                pass
            self.open = False
            time.sleep(self.retry)

    def _read(self, answer):
        event, data, identifier = "message", [], None
        for line in answer:
            line = line.decode().rstrip("\r\n")
            if line == "":
                if identifier is not None:
                    self.last_id = identifier
                if data:
                    with self.condition:
                        self.events.append((time.time(), identifier, event, "\n".join(data)))
                        self.condition.notify_all()
                event, data, identifier = "message", [], None
            elif line.startswith("data:"):
                data.append(line[5:].lstrip(" "))
            elif line.startswith("event:"):
                event = line[6:].strip()
            elif line.startswith("id:"):
                identifier = line[3:].strip()
            elif line.startswith("retry:"):
                self.retry = int(line[6:].strip()) / 1000
            if self.closing:
                return

    def wait(self, predicate, seconds):
        """The first event that the predicate likes, or None."""
        end = time.monotonic() + seconds
        seen = 0
        with self.condition:
            while True:
                while seen < len(self.events):
                    if predicate(self.events[seen]):
                        return self.events[seen]
                    seen += 1
                left = end - time.monotonic()
                if left <= 0 or not self.condition.wait(left):
                    if time.monotonic() >= end:
                        return None

    def close(self):
        self.closing = True
