"""Logging in at the simulated Discord, as a browser does it, and what each of its four people then has."""

import http.cookiejar
import json
import re
import unittest
import urllib.error
import urllib.parse
import urllib.request

from support import EventSource, StackCase, get, wait_for


class Browser:
    """Follows redirects and keeps cookies."""

    def __init__(self, base):
        self.base, self.cookies = base, http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def ask(self, url, data=None, method=None, headers=None):
        """(status, address in the end, text)."""
        url = urllib.parse.urljoin(self.base, url)
        request = urllib.request.Request(url, data, {"Origin": self.base, "Sec-Fetch-Site": "same-origin", **(headers or {})},
                                         method=method)
        try:
            with self.opener.open(request, timeout=20) as answer:
                return answer.status, answer.url, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.url, error.read().decode()

    def json(self, url, **more):
        status, _, text = self.ask(url, **more)
        return status, json.loads(text) if text else None

    def log_in(self, role, path="/", decision="authorize"):
        """By the page of consent, as the person with this role. (status, address in the end, text)."""
        status, address, page = self.ask("/auth/login?return=" + urllib.parse.quote(path, safe=""))
        assert status == 200, (status, page)
        fields = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page))
        fields["user"] = re.search(rf'value="(\d+)" data-role="{role}"', page)[1]
        fields["decision"] = decision
        # The page is the other site's: it is sent as that site sends it.
        origin = "{0.scheme}://{0.netloc}".format(urllib.parse.urlsplit(address))
        return self.ask(f"{origin}/oauth2/authorize", urllib.parse.urlencode(fields).encode(), headers={"Origin": origin})

    def cookie(self):
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.cookies if cookie.path == "/")


class Login(StackCase):
    options = {"access": "login", "guilds": 1, "members": 30, "rate": 2}

    def test_each_of_the_four_logs_in_and_is_who_they_chose(self):
        roles = self.stack.roles()
        self.assertEqual(set(roles), {"owner", "moderator", "member", "stranger"})
        guilds = {}
        for role, user in roles.items():
            with self.subTest(role=role):
                browser = Browser(self.stack.public_url)
                self.assertIsNone(browser.json("/api/me")[1]["user"])
                status, address, _ = browser.log_in(role, "/overlays/voice?x=1")
                self.assertEqual((status, address), (200, f"{self.stack.public_url}/overlays/voice?x=1"))
                me = browser.json("/api/me")[1]
                self.assertEqual((me["user"]["id"], me["access"], me["canLogIn"]), (user, "login", True))
                self.assertEqual(me["isInstanceOwner"], role == "owner")
                source = EventSource(f"{self.stack.public_url}/api/stream", {"Cookie": browser.cookie()})
                self.addCleanup(source.close)
                first = source.wait(lambda event: event[2] == "snapshot", 30)
                self.assertIsNotNone(first)
                guilds[role] = [guild["id"] for guild in json.loads(first[3])["payload"]["guilds"]]
        self.assertEqual({role: len(ids) for role, ids in guilds.items()},
                         {"owner": 1, "moderator": 1, "member": 1, "stranger": 0})

    def test_saying_no_is_a_page_that_says_what_to_do(self):
        browser = Browser(self.stack.public_url)
        status, _, page = browser.log_in("member", decision="cancel")
        self.assertEqual(status, 403)
        self.assertIn("Log in again", page)
        self.assertIsNone(browser.json("/api/me")[1]["user"])

    def test_logging_out_everywhere_ends_the_other_browsers_stream(self):
        first, second = Browser(self.stack.public_url), Browser(self.stack.public_url)
        for browser in (first, second):
            self.assertEqual(browser.log_in("member")[0], 200)
        sessions = first.json("/api/sessions")[1]["sessions"]
        self.assertGreaterEqual(len(sessions), 2)
        self.assertEqual([session["isCurrent"] for session in sessions].count(True), 1)
        source = EventSource(f"{self.stack.public_url}/api/stream", {"Cookie": second.cookie()})
        self.addCleanup(source.close)
        self.assertIsNotNone(source.wait(lambda event: event[2] == "snapshot", 30))
        status, _, _ = first.ask("/api/logout", b'{"everywhere":true}', "POST", {"Content-Type": "application/json"})
        self.assertEqual(status, 204)
        wait_for("the stream's end", lambda: not source.open, 20)
        self.assertEqual(second.ask("/api/sessions")[0], 401)
        self.assertIsNone(second.json("/api/me")[1]["user"])
        self.assertEqual(first.log_in("member")[0], 200)
        self.assertEqual(len(first.json("/api/sessions")[1]["sessions"]), 1)

    def test_a_manager_changes_settings_and_the_log_is_told(self):
        owner, moderator, member = (Browser(self.stack.public_url) for _ in range(3))
        for browser, role in ((owner, "owner"), (moderator, "moderator"), (member, "member")):
            self.assertEqual(browser.log_in(role)[0], 200)
        path = f"/api/guilds/{self.stack.write_endpoints()['guilds'][0]}/settings"
        self.assertEqual(member.ask(path)[0], 403)
        self.assertEqual(moderator.ask(path)[0], 200)
        status, settings = owner.json(path)
        self.assertEqual(status, 200)
        change = json.dumps({**settings, "timeZone": "Europe/Berlin"}).encode()
        headers = {"Content-Type": "application/json", "If-Match": '"0"'}
        self.assertEqual(member.ask(path, change, "PUT", headers)[0], 403)
        self.assertEqual(owner.json(path, data=change, method="PUT", headers=headers)[1]["timeZone"], "Europe/Berlin")
        self.assertEqual(moderator.ask(path, change, "PUT", headers)[0], 412)

        def told():
            text = get(f"{self.stack.web_urls[0]}/metrics")[1].decode()
            return "\nguildwire_web_settings_told_total 1\n" in text and "\nguildwire_web_settings_waiting 0\n" in text

        wait_for("the log to be told, once", told, 20)


if __name__ == "__main__":
    unittest.main()
