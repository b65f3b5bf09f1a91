// Voice overlay: who is in voice, over any video. A browser source for OBS.
//
// Address:  /overlays/voice?guild=ID&channel=ID&…        every parameter may be left out
//   guild    id of the guild; without it the first one that the viewer may see
//   channel  id of a voice channel, repeated or comma-separated; without it all channels with somebody in them
//   align    left (default) | center | right
//   layout   list (default): one below the other | row: side by side, wrapping
//   scale    0.5 to 4, default 1 (a face is then 48 pixels)
//   hide     comma-separated: names, avatars, marks, titles (channel names), bots
//   max      at most this many people, 1 to 99; the others are counted in one line; default 25
//   key      access key of the overlay, repeated for several
//
// Styling (contract 1, told by `data-overlay-contract` on <html>; changes only with that number). Custom CSS may use:
//   .voice-overlay              everything; data-align, data-layout
//   .voice-channel              one channel; data-channel-id
//   .voice-channel-name         its name
//   .voice-member               one person; data-user-id; also .is-muted .is-deafened .is-streaming .has-video .is-bot,
//                               and .is-entering or .is-leaving while it moves
//   .voice-avatar .voice-name .voice-marks   parts of a person
//   .voice-mark                 data-mark: mute, deaf, stream, video
//   .voice-more                 "and 4 more"
//   html[data-connection]       connecting, live, lost
//   variables on :root          --overlay-scale --overlay-text --overlay-plate --overlay-face
// Discord tells a bot who is in a channel and whether they are muted, but not who is speaking.

import { makeAvatar, showAvatar } from "/shared/avatar.js";
import { icon, make, markLabels, setText } from "/shared/dom.js";
import { apply, noGuilds, voiceByChannel, voiceMarks } from "/shared/guild.js";
import { reconcile } from "/shared/list.js";
import { openStream } from "/shared/stream.js";

/** @param {URLSearchParams} query */
export function optionsFrom(query) {
    const list = (name) => query.getAll(name).join(",").split(",").map((text) => text.trim()).filter(Boolean);
    const choice = (name, allowed) => (allowed.includes(query.get(name)) ? query.get(name) : allowed[0]);
    const within = (name, low, high, usual) => {
        const value = Number(query.get(name) ?? usual);
        return Number.isFinite(value) && query.get(name) !== "" ? Math.min(high, Math.max(low, value)) : usual;
    };
    return {
        guilds: list("guild").slice(0, 1),
        channels: [...list("channel"), ...list("channels")],
        align: choice("align", ["left", "center", "right"]),
        layout: choice("layout", ["list", "row"]),
        scale: within("scale", 0.5, 4, 1),
        max: Math.floor(within("max", 1, 99, 25)),
        hide: new Set(list("hide")),
        key: query.getAll("key"),
    };
}

/**
 * What to show: channels with somebody in them, at most `max` people in all, and how many are left over.
 * @param {import("/shared/guild.js").Guild} guild
 */
export function roomsToShow(guild, { channels, max, hide }) {
    let room = max;
    let more = 0;
    const rooms = [];
    for (const { channel, members } of voiceByChannel(guild)) {
        if (channels.length > 0 && !channels.includes(channel.id)) continue;
        const wanted = hide.has("bots") ? members.filter((member) => !member.bot) : members;
        const shown = wanted.slice(0, room);
        room -= shown.length;
        more += wanted.length - shown.length;
        if (shown.length > 0) rooms.push({ channel, members: shown });
    }
    return { rooms, more };
}

/** @param {HTMLElement} el */
export function VoiceOverlay(el, options) {
    const root = document.documentElement;
    const rest = make("p.voice-more", { "data-fixed": "" });
    const note = make("p.voice-note", { role: "status" });
    const list = make("div.voice-channels");
    rest.hidden = note.hidden = true;
    el.append(list, rest, note);
    el.dataset.align = options.align;
    el.dataset.layout = options.layout;
    root.style.setProperty("--overlay-scale", String(options.scale));
    for (const part of ["names", "avatars", "marks"]) el.classList.toggle(`hides-${part}`, options.hide.has(part));
    const titled = !options.hide.has("titles") && options.channels.length !== 1;
    let first = true;

    return {
        /** @param {import("/shared/guild.js").Guild} guild */
        show(guild) {
            const { rooms, more } = roomsToShow(guild, options);
            const animate = !first;
            first = false;
            reconcile(list, rooms, {
                key: ({ channel }) => channel.id,
                create: ({ channel }) => makeRoom(channel, titled),
                update: (element, room) => showRoom(element, room, animate),
                animate,
            });
            rest.hidden = more === 0;
            setText(rest, `and ${more} more`);
        },

        /**
         * A picture stays as it was when the connection goes; only one that never came says why. It goes when the key
         * was revoked or may not see this any more.
         */
        showState(state) {
            root.dataset.connection = state.phase;
            el.classList.toggle("is-refused", ["unauthorised", "forbidden"].includes(state.problem?.kind));
            const words = state.wasLive || !state.problem ? "" : explain(state.problem);
            note.hidden = words === "";
            setText(note, words);
        },
    };
}

function explain(problem) {
    if (problem.kind === "unauthorised") return "Guildwire: this overlay needs a valid key (401)";
    if (problem.kind === "forbidden") return "Guildwire: this key may not see that guild (403)";
    if (problem.kind === "notReady") return "Guildwire: the server is not ready yet";
    return "Guildwire: waiting for the server";
}

function makeRoom(channel, titled) {
    const name = make("h2.voice-channel-name");
    name.hidden = !titled;
    return make("section.voice-channel", { "data-channel-id": channel.id }, name, make("ul.voice-members"));
}

function showRoom(element, { channel, members }, animate) {
    setText(element.querySelector(".voice-channel-name"), channel.name);
    reconcile(element.querySelector(".voice-members"), members, {
        key: (member) => member.userId,
        create: ({ userId }) => make("li.voice-member", { "data-user-id": userId },
            makeAvatar("avatar voice-avatar"), make("span.voice-name"), make("span.voice-marks")),
        update: showMember,
        animate,
    });
}

function showMember(element, member) {
    const marks = voiceMarks(member);
    const states = {
        "is-muted": marks.includes("mute") || marks.includes("deaf"), "is-deafened": marks.includes("deaf"),
        "is-streaming": member.streaming, "has-video": member.video, "is-bot": member.bot,
    };
    for (const [name, on] of Object.entries(states)) element.classList.toggle(name, Boolean(on));
    const face = { id: member.userId, name: member.displayName, url: member.avatar };
    showAvatar(element.querySelector(".voice-avatar"), face);
    setText(element.querySelector(".voice-name"), member.displayName);
    element.querySelector(".voice-marks").replaceChildren(...marks.map((mark) =>
        make("span.voice-mark", { "data-mark": mark }, icon(mark, markLabels[mark]))));
}

function start() {
    const options = optionsFrom(new URLSearchParams(location.search));
    const overlay = VoiceOverlay(document.querySelector(".voice-overlay"), options);
    // The channels are picked here, not by the server, so that a person who moves away is seen to leave.
    const events = ["voice.*", "channel.*", "member.updated"];
    const stream = openStream({ guilds: options.guilds, events, key: options.key });
    let guilds = noGuilds;
    let pending = false;
    const received = (envelope) => {
        guilds = apply(guilds, envelope);
        if (pending) return;
        pending = true;
        requestAnimationFrame(() => {
            pending = false;
            const guild = guilds.get(options.guilds[0]) ?? guilds.values().next().value;
            if (guild) overlay.show(guild);
        });
    };
    stream.on("snapshot", received);
    stream.on("*", received);
    stream.onState(overlay.showState);
}

if (document.documentElement.dataset.overlayContract) start();
