"""What specs/performance.md asks for, as ratios within one run: (text, value of the results or None, target)."""

from .table import ratio

OURS, FLOOR, BATCH = "guildwire", "floor", "floor that batches"

TARGETS = (
    ("deliveries per CPU second ÷ floor, 1,000 streams", lambda results: ratio(results, "small.micros", FLOOR, OURS), "≥ 0.95"),
    ("deliveries per CPU second ÷ floor, 10,000 streams", lambda results: ratio(results, "crowd.micros", FLOOR, OURS), "≥ 0.90"),
    ("ns per delivery of which nothing is sent, 10,000 streams", lambda results: results.median(OURS, "bare.nanos"), "≤ 50"),
    ("highest load ÷ the floor that batches, 1,000 streams", lambda results: ratio(results, "small.highest", OURS, BATCH), "≥ 0.8"),
    ("highest load ÷ the floor that batches, 10,000 streams", lambda results: ratio(results, "crowd.highest", OURS, BATCH), "≥ 0.8"),
    ("resident bytes per idle stream", lambda results: results.median(OURS, "come.resident"), "≤ 512"),
    ("CPU per accepted stream ÷ floor", lambda results: ratio(results, "come.accept", OURS, FLOOR), "≤ 1.5"),
)
