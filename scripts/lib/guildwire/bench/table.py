"""Medians of the rounds, as a table for people and as JSON."""

import statistics

# Key, heading, how a value is shown.
COLUMNS = (
    ("small.micros", "CPU per delivery, 1,000 streams (µs)", "{:.1f}"),
    ("crowd.micros", "10,000 streams (µs)", "{:.1f}"),
    ("small.p50", "p50, 1,000 streams (ms)", "{:.1f}"),
    ("small.p99", "p99 (ms)", "{:.1f}"),
    ("small.p999", "p99.9 (ms)", "{:.1f}"),
    ("crowd.p50", "p50, 10,000 streams (ms)", "{:.0f}"),
    ("crowd.p99", "p99 (ms)", "{:.0f}"),
    ("crowd.p999", "p99.9 (ms)", "{:.0f}"),
    ("small.highest", "highest load, 1,000 streams (1,000/s)", "{:,.0f}"),
    ("crowd.highest", "10,000 streams (1,000/s)", "{:,.0f}"),
    ("small.flood", "CPU per delivery in a flood, 1,000 streams (µs)", "{:.2f}"),
    ("crowd.flood", "10,000 streams (µs)", "{:.2f}"),
    ("come.resident", "resident per idle stream (bytes)", "{:,.0f}"),
    ("come.accept", "CPU per accepted stream (µs)", "{:.0f}"),
    ("bare.nanos", "per delivery of which nothing is sent (ns)", "{:.0f}"),
    ("small.foreign", "others' share of the machine", "{:.2f}"),
)
SCALE = {"small.highest": 1e-3, "crowd.highest": 1e-3}


class Results:
    """`add(system, key, value)`: one value of one round."""

    def __init__(self):
        self.values = {}

    def add(self, system, group, found):
        for key, value in found.items():
            if isinstance(value, (int, float)):
                self.values.setdefault(system, {}).setdefault(f"{group}.{key}", []).append(value)

    def median(self, system, key):
        values = self.values.get(system, {}).get(key)
        return statistics.median(values) if values else None

    def spread(self, system, key):
        values = self.values[system][key]
        return min(values), max(values)

    def json(self):
        return {system: {key: {"median": statistics.median(values), "min": min(values), "max": max(values), "values": values}
                         for key, values in keys.items()} for system, keys in self.values.items()}


def cell(results, system, key, form):
    value = results.median(system, key)
    if value is None:
        return "–"
    scale = SCALE.get(key, 1)
    low, high = results.spread(system, key)
    return f"{form.format(value * scale)} ({form.format(low * scale)}–{form.format(high * scale)})"


def rows(results, systems, columns=COLUMNS):
    """The table as Markdown, a row per figure and a column per system."""
    shown = [column for column in columns if any(results.median(system, column[0]) is not None for system in systems)]
    lines = ["| median (lowest–highest) | " + " | ".join(systems) + " |", "|---" * (len(systems) + 1) + "|"]
    for key, heading, form in shown:
        lines.append(f"| {heading} | " + " | ".join(cell(results, system, key, form) for system in systems) + " |")
    return "\n".join(lines)


# What is measured of one system alone, or of ways that are no system.
OTHERS = (
    ("loops.small", "CPU per delivery, 1,000 streams, µs", "{:.2f}"),
    ("loops.crowd", "CPU per delivery, 10,000 streams, µs", "{:.2f}"),
    ("back.first", "10,000 streams come, s", "{:.2f}"),
    ("back.again", "10,000 streams come back, s", "{:.2f}"),
    ("back.micros", "CPU per stream that comes back, µs", "{:.0f}"),
    ("back.commands", "commands to Redis meanwhile", "{:.0f}"),
    ("path.gateway", "CPU per event in the gateway, 1,000/s, µs", "{:.0f}"),
    ("path.web", "CPU per event in web, µs", "{:.0f}"),
    ("path.redis", "CPU per event in Redis, µs", "{:.0f}"),
    ("path100.ours", "CPU per event in both, 100/s, µs", "{:.0f}"),
    ("path10000.ours", "CPU per event in both, 10,000/s, µs", "{:.0f}"),
    ("ingest.rate", "events/s into PostgreSQL", "{:,.0f}"),
    ("ingest.analytics", "CPU per event in analytics, µs", "{:.1f}"),
    ("ingest.redis", "CPU per event in Redis, µs", "{:.1f}"),
    ("ingest.postgres", "CPU per event in PostgreSQL, µs", "{:.1f}"),
)


def listed(results):
    lines = []
    for key, heading, form in OTHERS:
        for name in results.values:
            if results.median(name, key) is not None:
                lines.append(f"  {heading:40} {name:20} {cell(results, name, key, form)}")
    return "\n".join(lines)


def ratio(results, key, above, below):
    """Of medians; None where one of them was not measured."""
    over, under = results.median(above, key), results.median(below, key)
    return over / under if over is not None and under else None
