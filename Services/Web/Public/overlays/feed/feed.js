// Feed overlay: messages, joins and milestones as they come. Options: options.js; names for themes: specs/overlays.md.

import { makeAvatar, showAvatar } from "/shared/avatar.js";
import { icon, make, setText } from "/shared/dom.js";
import { reconcile } from "/shared/list.js";
import { lastMilestone, milestonesFrom, watchMilestones } from "/shared/overlay-milestones.js";
import { withSamples } from "/shared/overlay-samples.js";
import { badWords } from "/overlays/feed/bad-words.js";
import { entriesToShow, isShown, joinEntry, messageEntry, milestoneEntry, rememberJoin }
    from "/overlays/feed/entries.js";
import { options } from "/overlays/feed/options.js";

const milestonesMax = 5;

/** @type {import("/shared/overlay-page.js").Overlay} */
export const overlay = {
    name: "feed",
    options,
    wantsRules: true,
    events: ({ show }) => [
        "channel.*", "voice.*", "member.*",
        ...(show.includes("messages") ? ["message.*"] : []),
    ],
    ticks: ({ fade }) => fade > 0,
    mount: FeedOverlay,
    keeps: ({ channelId }, { channel }) => channel.length === 0 || channel.includes(channelId),
    remember(memory, envelope) {
        if (envelope.event.startsWith("member.")) rememberJoin(memory, envelope);
    },
};

/** @param {HTMLElement} el @param {import("/shared/overlay-page.js").Frame} frame */
export function FeedOverlay(el, { values, words, memory }) {
    const list = make("ol.feed-entries");
    let rules = null;
    let filter = badWords(values.words);
    let made = new WeakMap();       // message or join → its entry, so that what stays the same is not drawn again
    let fits = new WeakMap();       // message → whether it is shown at all
    for (const part of ["align", "valign", "layout", "newest"]) el.dataset[part] = values[part];
    for (const part of ["names", "avatars", "channels"]) {
        el.classList.toggle(`hides-${part}`, values.hide.includes(part));
    }
    el.append(list);

    function keepTo(next) {
        if (next === rules) return;
        rules = next;
        filter = badWords([...values.words, ...rules.badWords]);
        made = new WeakMap();
        fits = new WeakMap();
    }

    function isFit(message) {
        if (!fits.has(message)) fits.set(message, isShown(message, values, filter, values.filter === "drop"));
        return fits.get(message);
    }

    function entryOf(thing, create) {
        if (!made.has(thing)) made.set(thing, create());
        return made.get(thing);
    }

    function gather({ guild, samples, now }) {
        const { channels, voice, messages } = withSamples(guild, samples, values.channel);
        const names = {
            user: (id) => voice.get(id)?.displayName ?? messages.find((one) => one.userId === id)?.displayName,
            channel: (id) => channels.find((one) => one.id === id)?.name,
        };
        const has = (kind) => values.show.includes(kind);
        const written = has("messages") ? messages.filter(isFit) : [];
        const joins = has("joins") ? [...(memory.joins ?? []), ...samples.filter(({ kind }) => kind === "member")
            .map(({ number, ts, payload }) => ({ id: `sample-${number}`, ts, payload }))] : [];
        noteMilestone(guild, now);
        const reached = has("milestones") ? [...(memory.reached ?? []), ...samples
            .filter(({ kind }) => kind === "milestone")
            .map(({ ts }) => ({ ts, count: lastMilestone(guild.counts.members, []) || 100 }))] : [];
        return [
            ...written.slice(-values.limit).map((one) => entryOf(one, () =>
                messageEntry(one, values, filter, words, names))),
            ...joins.map((one) => (one.id.startsWith("sample-") ? joinEntry(one, filter, words)
                : entryOf(one, () => joinEntry(one, filter, words)))),
            ...reached.map(milestoneEntry),
        ];
    }

    function noteMilestone(guild, ts) {
        const told = watchMilestones(memory.best ?? null, guild.counts.members, milestonesFrom(rules.milestones));
        memory.best = told.best;
        if (told.reached === null) return;
        memory.reached = [...(memory.reached ?? []), { count: told.reached, ts }].slice(-milestonesMax);
    }

    function create({ kind, userId }) {
        const row = make("li.feed-entry.overlay-plate", { "data-kind": kind });
        if (userId) row.dataset.userId = userId;
        if (kind === "milestone") {
            row.append(make("span.feed-sign", {}, icon("flag")), make("span.feed-text"));
            return row;
        }
        const body = make("div.feed-body", {}, make("div.feed-head", {}, make("bdi.feed-name.overlay-line"),
            make("bdi.feed-channel.overlay-line")), make("p.feed-text", { dir: "auto" }));
        row.append(makeAvatar("avatar feed-avatar"), body);
        return row;
    }

    function update(row, entry) {
        const text = row.querySelector(".feed-text");
        if (entry.kind === "milestone") return setText(text, words.reached(words.number(entry.count)));
        const { userId, name, avatar, kind, channel } = entry;
        showAvatar(row.querySelector(".feed-avatar"), { id: userId, name, url: avatar });
        setText(row.querySelector(".feed-name"), name);
        setText(row.querySelector(".feed-channel"), channel ? `#${channel}` : "");
        if (kind === "join") return setText(text, words.joined);
        const files = entry.files > 0 ? [make("span.feed-files", {}, words.files(entry.files,
            words.number(entry.files)))] : [];
        text.replaceChildren(...entry.parts.map((part) =>
            (part.kind === "text" ? part.text : make(`bdi.feed-${part.kind}`, {}, part.text))), ...files);
    }

    return {
        show(picture) {
            // Nobody's bad words are shown before it is known which those are.
            if (!picture.rules) return;
            keepTo(picture.rules);
            reconcile(list, entriesToShow(gather(picture), values, picture.now), {
                key: ({ id }) => id, create, update, animate: picture.animate,
            });
        },
    };
}
