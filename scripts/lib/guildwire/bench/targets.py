"""What specs/performance.md asks for, as ratios within one run: (text, value of the results or None, target)."""

from .table import ratio

OURS, FLOOR, BATCH = "guildwire", "floor", "floor that batches"
ONE_LOOP, TWO_LOOPS = "guildwire, one loop", "guildwire, two loops"

TARGETS = (
    ("deliveries per CPU second ÷ floor, 1,000 streams", lambda results: ratio(results, "small.micros", FLOOR, OURS), "≥ 0.95"),
    ("deliveries per CPU second ÷ floor, 10,000 streams", lambda results: ratio(results, "crowd.micros", FLOOR, OURS), "≥ 0.90"),
    ("ns per delivery of which nothing is sent, 10,000 streams", lambda results: results.median(OURS, "bare.nanos"), "≤ 50"),
    ("highest load ÷ the floor that batches, 1,000 streams", lambda results: ratio(results, "small.highest", OURS, BATCH), "≥ 0.8"),
    ("highest load ÷ the floor that batches, 10,000 streams", lambda results: ratio(results, "crowd.highest", OURS, BATCH), "≥ 0.8"),
    ("in a flood: deliveries per CPU second ÷ floor that batches, 1,000 streams", lambda results: ratio(results, "small.flood", BATCH, OURS), "≥ 0.8"),
    ("in a flood: deliveries per CPU second ÷ floor that batches, 10,000", lambda results: ratio(results, "crowd.flood", BATCH, OURS), "≥ 0.8"),
    ("CPU per delivery on two loops ÷ one, 1,000 streams", lambda results: ratio(results, "loops.small", TWO_LOOPS, ONE_LOOP), "≤ 1.1"),
    ("CPU per delivery on two loops ÷ one, 10,000 streams", lambda results: ratio(results, "loops.crowd", TWO_LOOPS, ONE_LOOP), "≤ 1.1"),
    ("resident bytes per idle stream", lambda results: results.median(OURS, "come.resident"), "≤ 512"),
    ("10,000 streams come back: time ÷ that of their first coming", lambda results: results.median(OURS, "back.ratio"), "≤ 3"),
    ("commands to Redis for 10,000 streams that come back", lambda results: results.median(OURS, "back.commands"), "few"),
    ("CPU per event, gateway and web, at 1,000 events/s (µs)", lambda results: results.median(OURS, "path.ours"), "≤ 100"),
    ("ingest ÷ psql \\copy", lambda results: ratio(results, "ingest.rate", "analytics", "psql copy"), "≥ 0.6"),
    ("ingest ÷ one INSERT per event", lambda results: ratio(results, "ingest.rate", "analytics", "one INSERT each"), "≥ 20"),
    ("CPU per accepted stream ÷ floor", lambda results: ratio(results, "come.accept", OURS, FLOOR), "≤ 1.5"),
)
