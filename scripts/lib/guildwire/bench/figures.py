"""What `scripts/bench` finds out about one running server."""

import time

from ..processes import Failure
from . import machine
from .load import Feed

DELIVERIES_PER_SECOND = 10_000
CROWD, WARM, SMALL = 10_000, 100, 1_000
FOREIGN_MAX, TRIES_MAX, IN_VAIN_MAX = 0.10, 3, 3
WINDOW = 100
# Streams → the bound of the 99th percentile, in ms.
BOUNDS = {SMALL: 100, CROWD: 1_000}


class Quiet:
    """Whether measuring again has helped: on a machine that is always busy it only takes longer."""

    in_vain = 0


def quietly(measure, say):
    """What `measure` returns, with the others' share of the machine; again where that was more than a tenth, up to three times.

    Where that has not helped three times, nothing is measured again; the shares tell.
    """
    found = None
    tries = TRIES_MAX if Quiet.in_vain < IN_VAIN_MAX else 1
    for attempt in range(tries):
        foreign = machine.Foreign()
        new = measure()
        new["foreign"] = foreign.share()
        if found is None or new["foreign"] < found["foreign"]:
            found = new
        if found["foreign"] <= FOREIGN_MAX:
            Quiet.in_vain = 0
            return found
        say(f"others took {new['foreign'] * 100:.0f} % of the machine" + ("; once more" if attempt + 1 < tries else ""))
    Quiet.in_vain += 1
    if Quiet.in_vain == IN_VAIN_MAX:
        say("the machine is always busy: nothing is measured again")
    return found


def deliver(system, streams, rate, count):
    """Feeds `count` events to all streams: what the load saw, and the server's CPU per delivery in µs."""
    first = system.feed.next
    seconds = count / rate
    live = system.load.expect(first, first + count - 1, seconds * 3 + 10)
    if live != streams:
        raise Failure(f"{system.name}: of {streams} streams {live} are open")
    cpu = system.cpu()
    _, _, child = system.feed.start(count, rate)
    try:
        found = system.load.answer()
    finally:
        fed = Feed.finish(child, 60)
    cpu = system.cpu() - cpu
    found |= {"micros": cpu / (streams * count) * 1e6, "late": fed["late"], "rate": rate * streams, "share": cpu / found["seconds"]}
    return found


def equal_load(system, streams, seconds, say):
    """At 10,000 deliveries a second, behind a moment of warming up."""
    rate = DELIVERIES_PER_SECOND / streams
    deliver(system, streams, max(rate, 5), 5)
    return quietly(lambda: deliver(system, streams, rate, max(3, round(rate * seconds))), say)


def is_served(found, bound):
    return found["p99"] <= bound and not found["missing"] and not found["repeats"]


def highest_load(system, streams, seconds, say):
    """Most events a second, times the streams, with the 99th percentile under its bound and nothing lost: up by twos, then between."""
    bound, good, bad = BOUNDS[streams], 0.0, None
    rate = 2 * DELIVERIES_PER_SECOND / streams
    for _ in range(14):
        found = deliver(system, streams, rate, max(4, round(rate * seconds)))
        alive = found["streams"] - found["ended"]
        if is_served(found, bound):
            good = rate
        else:
            bad = rate
            # A latency that is just the load's own is not the server's to answer for, but it cannot be told apart here.
            say(f"{rate * streams:,.0f} deliveries/s: 99th percentile {found['p99']:.0f} ms, {found['missing']} missing, server at "
                f"{found['share'] * 100:.0f} % of its core")
        if alive < streams:
            # Who was cut off stays away: what comes now would be another load.
            system.load.close()
            time.sleep(1)
            system.load.open(streams, system.request(), WINDOW)
            time.sleep(1)
        if bad and bad / max(good, bad / 64) < 1.15:
            break
        rate = rate * 2 if bad is None else (good + bad) / 2 if good else bad / 2
    return {"highest": good * streams}


# Streams → events a second, far above what one write for each would bear: those that wait go out together, or are late.
FLOOD = {SMALL: 1_000, CROWD: 100}


def flood(system, streams, seconds):
    """CPU per delivery where more comes than one write per event and stream would bear: what batching gives. Less noisy than a highest load."""
    rate = FLOOD[streams]
    return deliver(system, streams, rate, round(rate * seconds))


def crowd(system, say):
    """Idle memory and the cost of coming: 100 streams warm the server up, 9,900 more come."""
    system.load.open(WARM, system.request(), WINDOW)
    deliver(system, WARM, 5, 2)
    time.sleep(1)
    resident, cpu = system.resident(), system.cpu()
    opened = system.load.open(CROWD - WARM, system.request(), WINDOW)
    cpu = system.cpu() - cpu
    system.load.watch(2)
    grown = system.resident() - resident
    more = CROWD - WARM
    say(f"{more} streams came in {opened['seconds']:.1f} s")
    return {"accept": cpu / more * 1e6, "resident": grown / more, "seconds": opened["seconds"]}
