"""What processes take of the machine, and who else takes of it."""

import os
import re
import time

CPUCLOCK_SCHED = 2
# user, nice, system and steal of /proc/stat's first line; interrupts are left out, since the load's own packets make most of them.
BUSY_FIELDS = (1, 2, 3, 8)


def cores():
    """(the server's core, the others): the load, Redis and this script leave the first to the server."""
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[0], set(allowed[1:] or allowed)


def cpu_seconds(pids):
    """User and system time of all threads of the processes: the clock that clock_getcpuclockid(3) names."""
    return sum(time.clock_gettime((~pid << 3) | CPUCLOCK_SCHED) for pid in pids)


def cpu_seconds_of_all(pid):
    """The same of a process, its descendants, and those that ended and were waited for; to 10 ms."""
    total = 0
    for one in descendants(pid):
        try:
            with open(f"/proc/{one}/stat") as stat:
                total += sum(int(field) for field in stat.read().rpartition(") ")[2].split()[11:15])
        except OSError:
            pass
    return total / os.sysconf("SC_CLK_TCK")


def resident_bytes(pids):
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/status") as status:
            total += int(re.search(r"VmRSS:\s+(\d+)", status.read())[1]) * 1024
    return total


def descendants(pid):
    """The process and all that came of it."""
    found = [pid]
    for parent in found:
        try:
            with open(f"/proc/{parent}/task/{parent}/children") as children:
                found += [int(child) for child in children.read().split()]
        except OSError:
            pass
    return found


def _busy_seconds():
    with open("/proc/stat") as stat:
        fields = stat.readline().split()
    return sum(int(fields[index]) for index in BUSY_FIELDS) / os.sysconf("SC_CLK_TCK")


class Foreign:
    """The share of the machine that others took since it was made."""

    def __init__(self):
        self.began, self.busy, self.own = time.monotonic(), _busy_seconds(), self._own()

    @staticmethod
    def _own():
        return {pid: cpu_seconds([pid]) for pid in descendants(os.getpid())}

    def share(self):
        """Of processes that ended meanwhile the last is not seen: theirs counts as foreign, so that they are kept few and small."""
        own = sum(cpu - self.own.get(pid, 0) for pid, cpu in self._own().items())
        took = (time.monotonic() - self.began) * os.cpu_count()
        return max(0.0, (_busy_seconds() - self.busy - own) / took)


def description():
    """One line: processor, cores, memory, kernel."""
    with open("/proc/cpuinfo") as info:
        model = re.search(r"model name\s*:\s*(.*)", info.read())
    with open("/proc/meminfo") as memory:
        total = int(re.search(r"MemTotal:\s+(\d+)", memory.read())[1])
    return f"{model[1].strip() if model else os.uname().machine}, {os.cpu_count()} cores, {total / 2**20:.0f} GiB, Linux {os.uname().release}"
