"""What was counted beside what it may cost."""

KEYS = ("instructions", "allocations")
HELP = """
Look where a path spends its instructions: scripts/guard --no-build --annotate PATH
Where it costs more on purpose, or less: scripts/guard --write, and say in the commit what it is for (specs/performance.md, "Guard")."""


def bounds(threshold, slack):
    """What may be seen: (least, most). `units` are for small figures, of which a percentage is nothing."""
    return threshold * (1 - slack["below"]) - slack["units"], threshold * (1 + slack["above"]) + slack["units"]


def compare(found, thresholds):
    """(a table of all, what is wrong with them)."""
    known, slack = thresholds["paths"], thresholds["slack"]
    lines = [f"{'':16}" + "".join(f"{key:>14}{'threshold':>12}{'ratio':>8}" for key in KEYS)]
    problems = [f"{name} has a threshold, and is not among the hot paths any more" for name in known if name not in found]
    for name, seen in found.items():
        if name not in known:
            problems.append(f"{name} has no threshold: {seen}")
            continue
        cells = ""
        for key in KEYS:
            threshold, value = known[name][key], seen[key]
            least, most = bounds(threshold, slack[key])
            ratio = value / threshold if threshold else (1 if value == 0 else float("inf"))
            cells += f"{value:14,.1f}{threshold:12,.1f}{ratio:8.3f}"
            if value > most:
                problems.append(f"{name} takes {value:,.1f} {key}, {ratio:.2f} of its threshold {threshold:,.1f}: too many")
            elif value < least:
                problems.append(f"{name} takes only {value:,.1f} {key}, {ratio:.2f} of its threshold {threshold:,.1f}: lower that, so that it guards again")
        lines.append(f"{name:16}{cells}")
    return "\n".join(lines), problems
