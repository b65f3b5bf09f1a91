"""Reads what callgrind counted of one path, and what Tests/Guard printed of all."""

import re

from ..processes import Failure

# In Tests/Guard: what runs in it is counted.
FUNCTION = "guardedUnits"
NAMED = re.compile(r"^guarded: (\S+) (\d+)$", re.MULTILINE)
# What the C library is asked for memory by. Called by its own functions, it is the same request again.
ALLOCATORS = {"malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc", "memalign"}


def symbol(listed):
    """The counted function's name in the binary, out of what nm says; there must be one, since two within each other would count what is between."""
    found = {line.split()[-1] for line in listed.splitlines() if FUNCTION in line}
    if len(found) != 1:
        raise Failure(f"the tests have {len(found)} functions named {FUNCTION}: {', '.join(sorted(found))}")
    return found.pop()


def named(output):
    """[(path, units)] in the order in which they ran, which is that of callgrind's files."""
    return [(name, int(units)) for name, units in NAMED.findall(output)]


def per_unit(name, lines, units):
    """A path's instructions and calls of the allocators, of a file that callgrind wrote with --compress-strings=no."""
    instructions, allocations, caller, callee = None, 0, "", ""
    for line in lines:
        key, _, value = line.rstrip("\n").partition("=")
        if key == "fn":
            caller = value
        elif key == "cfn":
            callee = value
        elif key == "calls" and callee in ALLOCATORS and caller not in ALLOCATORS:
            allocations += int(value.split()[0])
        elif line.startswith("summary:") or (line.startswith("totals:") and instructions is None):
            instructions = int(line.split()[1])
    if instructions is None:
        raise ValueError("callgrind's file has no sum")
    per = {"instructions": round(instructions / units, 1), "allocations": round(allocations / units, 2)}
    if per["instructions"] <= 0:
        raise Failure(f"callgrind counted no instructions of {name}: is {FUNCTION} still what its units run in?")
    return per
