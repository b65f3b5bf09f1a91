"""Runs slowhttptest against `Conformance http-echo` while another client asks it something five times a second."""

import argparse
import re
import resource
import socket
import subprocess
import sys
import tempfile
import time

MODES = {
    "slow heads": ["-H", "-i", "2", "-x", "24"],
    "slow bodies": ["-B", "-i", "2", "-s", "8192", "-x", "10"],
    "slow readers": ["-X", "-w", "512", "-y", "1024", "-n", "2", "-z", "32", "-k", "3"],
}
# For 19 of 20 requests; each has five seconds, in which it must be answered.
ANSWER_SECONDS_MAX = 1.0


def ask(port):
    """How long one request on a new connection took; raises when it is not answered with 200."""
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        data = b""
        while piece := connection.recv(4096):
            data += piece
    if not data.startswith(b"HTTP/1.1 200 "):
        raise OSError(f"answered {data[:40]!r}")
    return time.monotonic() - began


def resident_mib(pid):
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1]) // 1024


def run(name, options, port, pid, seconds, connections):
    target = "large" if name == "slow readers" else ""
    command = ["slowhttptest", *options, "-c", str(connections), "-r", str(max(400, connections // 5)), "-l", str(seconds), "-p", "2",
               "-u", f"http://127.0.0.1:{port}/{target}"]
    times, failures, memory = [], [], 0
    with tempfile.TemporaryFile() as output:
        attack = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + seconds + 20
            while attack.poll() is None and time.monotonic() < deadline:
                try:
                    times.append(ask(port))
                except OSError as error:
                    failures.append(str(error) or type(error).__name__)
                memory = max(memory, resident_mib(pid))
                time.sleep(0.2)
        finally:
            attack.kill()
            attack.wait()
        output.seek(0)
        said = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", output.read().decode(errors="replace"))
    # What slowhttptest reached, by its own last report.
    states = {key: max(map(int, re.findall(rf"{key}:\s+(\d+)", said)), default=0) for key in ("connected", "closed")}
    times.sort()
    usual = times[len(times) * 19 // 20] if times else ANSWER_SECONDS_MAX
    shown = f"median {times[len(times) // 2] * 1000:.1f} ms, 19 of 20 within {usual * 1000:.1f} ms, worst {times[-1] * 1000:.1f} ms" if times else "none"
    print(f"{name}: up to {states['connected']} slow clients at once, {states['closed']} closed; "
          f"{len(times)} others answered ({shown}), {len(failures)} not; server's memory {memory} MiB")
    for failure in sorted(set(failures)):
        print("   ", failure)
    # An attack that did not take place proves nothing.
    return len(times) >= 5 and not failures and usual < ANSWER_SECONDS_MAX and states["connected"] >= min(connections, 4096) // 2


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tool", required=True)
    parser.add_argument("--seconds", type=int, default=15)
    parser.add_argument("--connections", type=int, default=1000)
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    good = True
    for name, mode in MODES.items():
        server = subprocess.Popen([options.tool, "http-echo", "--port", "0"], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL)
        try:
            port = int(server.stdout.readline())
            good = run(name, mode, port, server.pid, options.seconds, options.connections) and good
        finally:
            server.terminate()
            server.wait()
    sys.exit(0 if good else 1)


main()
