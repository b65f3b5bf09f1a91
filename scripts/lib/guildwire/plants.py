"""Spoils a recording in one place, to see the comparison find it."""

import random

from .compare import STATES, write_id
from .processes import Failure
from .sight import IN_CHANNELS

KINDS = ("loss", "repeat", "reorder", "leak", "leak-snapshot", "reset", "missing-reset")


def plant(transcript, sent, kind, seed=0):
    """One viewer's stream gets one fault. Answers the id of the event or snapshot in question."""
    chance = random.Random(seed)
    if kind in ("loss", "repeat", "reorder"):
        return _order(transcript, sent, kind, chance)
    return {"leak": _leak, "leak-snapshot": _leak_in_state, "reset": _reset, "missing-reset": _missing_reset}[kind](
        transcript, sent, chance)


def _order(transcript, sent, kind, chance):
    blocks = transcript.blocks
    number = max(range(len(transcript.viewers)), key=lambda number: len(transcript.viewers[number]))
    viewer, unread = transcript.viewers[number], {write_id(key) for key in sent.groups[transcript.groups[number]].unread}

    def is_event(place):
        return "data" in blocks[viewer[place]] and blocks[viewer[place]]["id"] not in unread

    events = [place for place in range(len(viewer) - 1) if is_event(place) and is_event(place + 1)]
    place = events[chance.randrange(len(events) // 3, len(events) // 2)]
    spoilt = blocks[viewer[place]]["id"]
    if kind == "loss":
        del viewer[place]
    elif kind == "repeat":
        viewer.insert(place + 2, viewer[place])
    else:
        viewer[place], viewer[place + 1] = viewer[place + 1], viewer[place]
    return spoilt


def _add(transcript, block):
    transcript.blocks.append(block)
    return len(transcript.blocks) - 1


def _states(transcript, viewer):
    return [place for place, number in enumerate(viewer) if transcript.blocks[number]["event"] in STATES]


def _viewers(transcript, chance):
    numbers = [number for number, viewer in enumerate(transcript.viewers) if _states(transcript, viewer)]
    chance.shuffle(numbers)
    return numbers


def _key(transcript, number):
    epoch, _, count = transcript.blocks[number]["id"].partition("-")
    return (int(epoch), int(count)) if epoch.isdigit() and count.isdigit() else (0, 0)


def _leak(transcript, sent, chance):
    """An event of a channel that the viewer does not see, in its place."""
    for number in _viewers(transcript, chance):
        group, viewer = sent.groups[transcript.groups[number]], transcript.viewers[number]
        events = [place for place, block in enumerate(viewer) if "data" in transcript.blocks[block]]
        if not events:
            continue
        first, last = (_key(transcript, viewer[events[end]]) for end in (0, -1))
        hidden = [key for key, event in sent.events.items()
                  if event.kind in IN_CHANNELS and key not in group.shown and first < key < last]
        if hidden:
            key = chance.choice(hidden)
            event = sent.events[key]
            data = {"id": write_id(key), "event": event.kind, "guild": event.guild, "ts": 0, "payload": event.fields}
            behind = next(place for place in events if _key(transcript, viewer[place]) > key)
            viewer.insert(behind, _add(transcript, {"id": write_id(key), "event": event.kind, "data": data}))
            return write_id(key)
    raise Failure("nothing is hidden from anybody: no leak can be planted")


def _leak_in_state(transcript, sent, chance):
    """A channel in a snapshot that the viewer does not see."""
    channels = {event.fields["channelId"] for event in sent.events.values() if "channelId" in event.fields}
    places = [(number, place) for number in _viewers(transcript, chance)
              for place in _states(transcript, transcript.viewers[number])]
    chance.shuffle(places)
    for number, place in places:
        viewer = transcript.viewers[number]
        block = transcript.blocks[viewer[place]]
        views = sent.views[transcript.groups[number], _key(transcript, viewer[place])]
        for shown in block["guilds"]:
            hidden = sorted(channels - views[shown["id"]].channels) if shown["id"] in views else []
            if hidden:
                spoilt = {**shown, "channels": [*shown["channels"], chance.choice(hidden)]}
                viewer[place] = _add(transcript, {**block, "guilds": [spoilt if one is shown else one for one in block["guilds"]]})
                return block["id"]
    raise Failure("no channel is hidden from anybody: no leak can be planted")


def _reset(transcript, sent, chance):
    """What the viewer has already, once more."""
    number = _viewers(transcript, chance)[0]
    viewer = transcript.viewers[number]
    place = chance.choice(_states(transcript, viewer))
    block = {**transcript.blocks[viewer[place]], "event": "reset"}
    viewer.insert(place + 1, _add(transcript, block))
    return block["id"]


def _missing_reset(transcript, sent, chance):
    """A change of sight of which the viewer is not told."""
    for number in _viewers(transcript, chance):
        viewer = transcript.viewers[number]
        # Behind it comes something that shows that it was due.
        resets = [place for place in _states(transcript, viewer)[1:]
                  if place + 1 < len(viewer) and (follower := transcript.blocks[viewer[place + 1]])["event"] not in STATES
                  and not follower["event"].startswith("(")]
        if resets:
            place = chance.choice(resets)
            spoilt = transcript.blocks[viewer[place]]["id"]
            del viewer[place]
            return spoilt
    raise Failure("nobody's sight changed: no reset can be taken away")
