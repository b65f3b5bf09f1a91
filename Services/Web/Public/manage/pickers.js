// What a key may reach: channels, kinds of events, scopes. Each is "all" or a choice.

import { make } from "/shared/dom.js";
import { EVENT_NAMES } from "/shared/events.js";

const category = 4, voice = [2, 13];

const groups = {
    voice: "Voice: joins, moves, leaves, mute and camera",
    message: "Messages: written, edited, deleted",
    reaction: "Reactions",
    poll: "Polls",
    typing: "Who is typing",
    member: "Members: joins, leaves, changes",
    presence: "Presence: who is online",
    role: "Roles: granted, revoked",
    channel: "Channels",
    stage: "Stages",
    scheduled_event: "Scheduled events",
    guild: "The guild itself",
    stats: "Counts",
    milestone: "Milestones",
};

const scopes = {
    "stream": ["Follow events", "Live, as they happen, and what was missed"],
    "guild:read": ["Read the guild", "Its name, channels, roles, and who is in voice"],
    "members:read": ["Read members", "Names, pictures and roles"],
    "messages:read": ["Read messages", "Where they are stored and you may read them"],
    "activity:read": ["Read activity", "Presence and activity over time"],
    "settings:read": ["Read settings", "What is tracked and stored"],
};

let count = 0;

/** Radio buttons: all, or only what is ticked below. */
function AllOr(label, all, some, list) {
    const name = `pick-${count += 1}`;
    const radio = (value, words) => {
        const input = make("input", { type: "radio", name, value });
        return { input, el: make("label.choice", {}, input, words) };
    };
    const [every, only] = [radio("all", all), radio("some", some)];
    every.input.checked = true;
    list.hidden = true;
    const show = () => { list.hidden = !only.input.checked; };
    for (const one of [every, only]) one.input.addEventListener("change", show);
    return {
        el: make("fieldset.field", {}, make("legend.field-label", {}, label), every.el, only.el, list),
        isAll: () => every.input.checked,
        choose: () => { only.input.checked = true; show(); },
    };
}

function tick(value, words, hint = "") {
    const input = make("input", { type: "checkbox", value });
    const text = make("span.choice-words", {}, make("span", { dir: "auto" }, words),
        ...(hint ? [make("small", {}, hint)] : []));
    return make("label.choice", {}, input, text);
}

const ticked = (list) => [...list.querySelectorAll("input:checked")].map((input) => input.value);

/**
 * `value()`: ids, none for all; null where the choice is empty. `isTooMany()`: more than the server takes.
 * @param {object[]|null} channels
 */
export function ChannelPicker(channels, { chosen = [], label = "Channels", max = 20,
    all = "All channels that I may see, now and later" } = {}) {
    const known = sorted(channels ?? []);
    const rows = known.map(({ channel, parent }) => {
        const isVoice = voice.includes(channel.type);
        return tick(channel.id, `${isVoice ? "" : "#"}${channel.name}`,
            [isVoice ? "voice" : "", parent?.name ?? ""].filter(Boolean).join(" · "));
    });
    // What was chosen before and is not to be seen now must not be lost.
    for (const id of chosen) if (!known.some(({ channel }) => channel.id === id)) rows.push(tick(id, id,
        "not to be seen now"));
    const nothing = channels ? "There is no channel that you may see." : "The channels cannot be told now.";
    const list = make("div.pick-list", {}, ...(rows.length > 0 ? rows : [make("p.field-hint", {}, nothing)]));
    const either = AllOr(label, all, "Only these", list);
    if (chosen.length > 0) {
        either.choose();
        for (const input of list.querySelectorAll("input")) input.checked = chosen.includes(input.value);
    }
    return {
        el: either.el, max,
        value: () => (either.isAll() ? [] : ticked(list).length > 0 ? ticked(list) : null),
        isTooMany: () => !either.isAll() && ticked(list).length > max,
    };
}

/** In the order of Discord's list, without the categories. */
function sorted(channels) {
    const byId = new Map(channels.map((channel) => [channel.id, channel]));
    const rank = (channel) => [byId.get(channel?.parent)?.position ?? -1, voice.includes(channel.type) ? 1 : 0,
        channel.position ?? 0];
    return channels.filter(({ type }) => type !== category)
        .map((channel) => ({ channel, parent: byId.get(channel.parent), rank: rank(channel) }))
        .sort((a, b) => a.rank[0] - b.rank[0] || a.rank[1] - b.rank[1] || a.rank[2] - b.rank[2]);
}

/** `value()`: patterns such as `voice.*`, none for all; null where the choice is empty. */
export function KindPicker(chosen) {
    const known = [...new Set(EVENT_NAMES.map((name) => name.split(".")[0]))];
    const rows = known.map((group) => tick(`${group}.*`, groups[group] ?? group));
    const list = make("div.pick-list", {}, ...rows);
    const either = AllOr("Events", "All kinds", "Only these", list);
    if (chosen.length > 0) {
        either.choose();
        for (const input of list.querySelectorAll("input")) input.checked = chosen.includes(input.value.slice(0, -2));
    }
    return { el: either.el, value: () => (either.isAll() ? [] : ticked(list).length > 0 ? ticked(list) : null) };
}

export function ScopePicker() {
    const list = make("div.pick-list.is-open", {},
        ...Object.entries(scopes).map(([scope, [words, hint]]) => tick(scope, words, hint)));
    for (const input of list.querySelectorAll("input")) input.checked = ["stream", "guild:read"].includes(input.value);
    return { el: make("fieldset.field", {}, make("legend.field-label", {}, "It may"), list),
        value: () => ticked(list) };
}
