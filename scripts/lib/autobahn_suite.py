"""Runs the WebSocket conformance suite `autobahntestsuite` against our server and our client.

The suite is Python 2, where a string is bytes. It is translated once, at install time: syntax by lib2to3, and
its sources are read as Latin-1, so that each character of a literal stands for one byte, as it did. Where strings meet
the protocol library, `Bridge` turns them into bytes and back. Only the WebSocket cases are translated, without the
categories 12 and 13 (permessage-deflate, which we decline).

    autobahn_suite.py translate SOURCE TARGET
    autobahn_suite.py server URL REPORT CASES…      the suite is the client: tests our server at URL
    autobahn_suite.py client PORTFILE REPORT CASES… the suite is the server: tests the client that connects to it
    autobahn_suite.py both TOOL FOLDER CASES…     both, with our Conformance tool; what `scripts/autobahn` runs
"""
import base64
import collections
import contextlib
import hashlib
import json
import pathlib
import re
import socket
import subprocess
import sys
import threading
import time

# Compression; and a case that the suite itself does not run.
SKIPPED = re.compile(r"case1[23]|Case1[23]|case9_9_1")
FIXERS = ["print", "has_key", "except", "xrange", "unicode", "import", "dict", "raise", "ne", "funcattrs",
          "numliterals"]


def translate(source, target):
    from lib2to3.refactor import RefactoringTool

    tool = RefactoringTool([f"lib2to3.fixes.fix_{name}" for name in FIXERS])
    source, target = pathlib.Path(source), pathlib.Path(target)
    paths = [source / "fuzzing.py", source / "caseset.py", *sorted(source.glob("case/*.py"))]
    for path in paths:
        if SKIPPED.search(path.name):
            continue
        text = path.read_text(encoding="latin-1").replace("\r\n", "\n") + "\n"
        text = re.sub(r"^#.*coding[:=].*$", "", text, count=1, flags=re.MULTILINE)
        if path.parent.name == "case":
            text = text.replace("import binascii", "from . import hexadecimal as binascii")
        text = {"__init__.py": catalog, "fuzzing.py": fuzzing, "case.py": comparison}.get(path.name, str)(text)
        # What was one file beside another is one of the same package.
        text = re.sub(r"^from (case\w*) import", r"from .\1 import", text, flags=re.MULTILINE)
        text = text.replace("v.validate(vss[:i])", "v.validate(vss[:i].encode('latin-1'))")
        text = text.replace("(object, Case, )", "(Case, )")
        text = text.replace("len(self.payload) / self.p.auto", "len(self.payload) // self.p.auto")
        text = "# coding: latin-1\n" + str(tool.refactor_string(text, str(path)))
        out = target / path.relative_to(source)
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="latin-1")
    (target / "__init__.py").write_text("version = 'translated'\n")
    (target / "case" / "hexadecimal.py").write_text(HEXADECIMAL)


def catalog(text):
    """The list of cases, without those for compression."""
    return "\n".join(line for line in text.split("\n") if not SKIPPED.search(line)) + "\n"


def fuzzing(text):
    text = text.replace("import os, json, binascii, time, textwrap, pkg_resources",
                        "import os, json, time, textwrap\nfrom .case import hexadecimal as binascii")
    text = text.replace("from twisted.internet import reactor, ssl", "from twisted.internet import reactor")
    # Its pages in HTML want more libraries; `Results` writes what we need.
    text = re.sub(r"^from report import .*?[^\\]$", "", text, flags=re.MULTILINE | re.DOTALL)
    text = text.replace("ssl.ClientContextFactory()", "None")
    text = text.replace("import autobahntestsuite", "import autobahnsuite as autobahntestsuite")
    return text.replace("from caseset import", "from .caseset import")


def comparison(text):
    """Equal pickles meant equal values; in Python 3 equal values may have different pickles."""
    return text.replace("pickle.dumps(obj1) == pickle.dumps(obj2)", "repr(obj1) == repr(obj2)")


HEXADECIMAL = '''import binascii


def b2a_hex(data):
    data = data.encode("latin-1") if isinstance(data, str) else bytes(data)
    return binascii.b2a_hex(data).decode("ascii")
'''


def octets(text):
    return text.encode("latin-1") if isinstance(text, str) else text


def characters(data):
    return data.decode("latin-1") if isinstance(data, (bytes, bytearray)) else data


class Bridge:
    """Stands in front of the suite's protocol classes: the cases give and get strings, the library bytes."""

    def sendFrame(self, opcode, payload=b"", payload_len=None, **rest):
        payload = octets(payload)
        if payload_len is not None:
            # The payload, over and over, up to that length; the library's own division wants Python 2.
            payload = (payload * (payload_len // len(payload) + 1))[:payload_len]
        return super().sendFrame(opcode, payload=payload, **rest)

    def sendMessageFrameData(self, payload, sync=False):
        return super().sendMessageFrameData(octets(payload), sync)

    def sendMessage(self, payload, *rest, **more):
        return super().sendMessage(octets(payload), *rest, **more)

    def sendPing(self, payload=None):
        return super().sendPing(octets(payload))

    def sendPong(self, payload=None):
        return super().sendPong(octets(payload))

    def sendCloseFrame(self, code=None, reasonUtf8=None, isReply=False):
        return super().sendCloseFrame(code, octets(reasonUtf8), isReply)

    def sendClose(self, code=None, reason=None):
        return super().sendClose(code, reason)

    def onMessage(self, payload, isBinary):
        return super().onMessage(characters(payload), isBinary)

    def onPing(self, payload):
        if self.runCase:
            self.runCase.onPing(characters(payload))
        self.sendPong(payload)

    def onPong(self, payload):
        return super().onPong(characters(payload))

    def logRxOctets(self, data):
        return super().logRxOctets(characters(data))

    def logTxOctets(self, data, sync):
        return super().logTxOctets(characters(data), sync)

    def logRxFrame(self, header, payload):
        return super().logRxFrame(header, [characters(piece) for piece in payload])

    def logTxFrame(self, header, payload, *rest):
        return super().logTxFrame(header, characters(payload), *rest)


class Results:
    """Keeps what each case came to; a mixin of the suite's factories."""

    def __init__(self, spec, report):
        self.results = {}
        self.report = report
        super().__init__(spec)

    def logCase(self, result):
        super().logCase(result)
        self.results[result["id"]] = {
            key: result[key]
            for key in ("behavior", "behaviorClose", "remoteCloseCode", "duration", "result", "resultClose")
        }

    def createReports(self):
        pathlib.Path(self.report).write_text(json.dumps(self.results, indent=1, default=str))


def load():
    import txaio
    txaio.use_twisted()
    from autobahnsuite import fuzzing

    def readable(data, maxlen=64, replace=False):
        return data[:maxlen] + (" ..." if len(data) > maxlen else "")

    fuzzing.asciiLogData = readable
    return fuzzing


def run_against_server(url, report, cases):
    fuzzing = load()
    from twisted.internet import reactor

    class Protocol(Bridge, fuzzing.FuzzingClientProtocol):
        pass

    class Factory(Results, fuzzing.FuzzingClientFactory):
        def buildProtocol(self, address):
            protocol = Protocol()
            protocol.factory = self
            protocol.caseAgent = self.agent
            protocol.case = self.currentCaseIndex
            protocol.Case = fuzzing.Cases[self.currentCaseIndex - 1]
            protocol.runCase = protocol.Case(protocol)
            return protocol

    Factory({"servers": [{"agent": "guildwire", "url": url}], "cases": cases}, report)
    reactor.run()


def run_against_client(port_file, report, cases):
    fuzzing = load()
    from twisted.internet import reactor

    class Protocol(Bridge, fuzzing.FuzzingServerProtocol):
        pass

    class Factory(Results, fuzzing.FuzzingServerFactory):
        protocol = Protocol

        def createReports(self):
            super().createReports()
            reactor.callLater(1, reactor.stop)

    factory = Factory({"url": "ws://127.0.0.1:9001", "cases": cases}, report)
    port = reactor.listenTCP(0, factory, interface="127.0.0.1")
    address = port.getHost()
    factory.setSessionParameters(url=f"ws://127.0.0.1:{address.port}", server="fuzzing")
    pathlib.Path(port_file).write_text(str(address.port))
    reactor.run()


def careless_server():
    """A server that sends back whatever comes, checking nothing; returns its port. It must fail cases."""
    def serve(connection):
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(4096)
        key = re.search(rb"(?i)sec-websocket-key: *(\S+)", head)[1]
        accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
        connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                           b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")
        stream = connection.makefile("rb")
        while start := stream.read(2):
            length = start[1] & 127
            if length > 125:
                length = int.from_bytes(stream.read(2 if length == 126 else 8), "big")
            mask = stream.read(4)
            payload = bytes(byte ^ mask[index % 4] for index, byte in enumerate(stream.read(length)))
            size = bytes([len(payload)]) if len(payload) < 126 else b"\x7e" + len(payload).to_bytes(2, "big")
            connection.sendall(start[:1] + size + payload)
            if start[0] & 15 == 8:
                return

    def guarded(connection):
        with contextlib.suppress(OSError), connection:
            serve(connection)

    def accept_all():
        while True:
            threading.Thread(target=guarded, args=(listener.accept()[0],), daemon=True).start()

    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=accept_all, daemon=True).start()
    return listener.getsockname()[1]


ACCEPTED = {"OK", "NON-STRICT", "INFORMATIONAL"}


def is_failed(result):
    return result["behavior"] not in ACCEPTED or result["behaviorClose"] not in ACCEPTED


# Cases that a careless server passes, and cases that it must not.
CAREFREE, CAREFUL = ["1.1.1", "1.1.2", "1.2.2", "5.3", "6.1.1"], ["2.2", "3.1", "4.1.1", "5.1", "5.9", "6.3.1", "7.9.1"]


def is_sharp(suite, folder, log):
    """Whether the suite, translated, still finds faults. A suite that cannot fail proves nothing."""
    report = folder / "careless.json"
    report.unlink(missing_ok=True)
    url = f"ws://127.0.0.1:{careless_server()}"
    subprocess.run([*suite, "server", url, report, *CAREFREE, *CAREFUL], stdout=log, stderr=log, timeout=120)
    found = {case for case, result in json.loads(report.read_text()).items() if is_failed(result)}
    wrong = sorted(found ^ set(CAREFUL))
    print("the suite itself:", f"wrong about a careless server in {wrong}" if wrong else
          f"fails a careless server in {len(CAREFUL)} of {len(CAREFUL)} cases, and passes it in {len(CAREFREE)}")
    return not wrong


def judge(side, report, expected):
    """Prints what the cases came to; whether none failed and none is missing."""
    results = json.loads(pathlib.Path(report).read_text()) if pathlib.Path(report).exists() else {}
    failed = [
        f"{case}: {result['behavior']} ({result['result']}), close {result['behaviorClose']} ({result['resultClose']})"
        for case, result in results.items() if is_failed(result)
    ]
    missing = [case for case in expected if case not in results]
    counts = collections.Counter(result["behavior"] for result in results.values())
    print(f"{side}: {len(results)} of {len(expected)} cases ran:",
          ", ".join(f"{count} {name}" for name, count in sorted(counts.items())), f"; {len(failed)} failed")
    for line in failed:
        print("   ", line)
    if missing:
        print("    no result for", " ".join(missing))
    return bool(expected) and not failed and not missing


def selected(patterns):
    fuzzing = load()
    cases = fuzzing.CaseSet(
        fuzzing.CaseSetname, fuzzing.CaseBasename, fuzzing.Cases, fuzzing.CaseCategories, fuzzing.CaseSubCategories)
    return cases.parseSpecCases({"cases": patterns})


def run_both(tool, folder, patterns):
    """Tests the tool's server, then its client; exits with 1 when a case failed or did not run."""
    folder = pathlib.Path(folder)
    expected = selected(patterns)
    suite = [sys.executable, "-W", "ignore", __file__]
    reports = {side: folder / f"{side}.json" for side in ("server", "client")}
    for report in reports.values():
        report.unlink(missing_ok=True)
    with open(folder / "log.txt", "w") as log:
        sharp = is_sharp(suite, folder, log)
        ours = subprocess.Popen([tool, "ws-echo", "--port", "0"], stdout=subprocess.PIPE, text=True)
        try:
            url = f"ws://127.0.0.1:{ours.stdout.readline().strip()}"
            subprocess.run([*suite, "server", url, reports["server"], *patterns], stdout=log, stderr=log, timeout=1200)
        finally:
            ours.terminate()
            ours.wait()
        port_file = folder / "port"
        port_file.unlink(missing_ok=True)
        theirs = subprocess.Popen(
            [*suite, "client", port_file, reports["client"], *patterns], stdout=log, stderr=log)
        try:
            while not (port_file.exists() and port_file.read_text()) and theirs.poll() is None:
                time.sleep(0.05)
            url = f"ws://127.0.0.1:{port_file.read_text()}"
            subprocess.run([tool, "ws-client", url, "--agent", "guildwire"], check=True, timeout=1200,
                           stdout=subprocess.DEVNULL)
            theirs.wait(10)
        finally:
            theirs.kill()
            theirs.wait()
    good = [judge(side, report, expected) for side, report in reports.items()]
    sys.exit(0 if sharp and all(good) else 1)


if __name__ == "__main__":
    command, first, second, *patterns = sys.argv[1:]
    match command:
        case "translate": translate(first, second)
        case "server": run_against_server(first, second, patterns)
        case "client": run_against_client(first, second, patterns)
        case "both": run_both(first, second, patterns)
