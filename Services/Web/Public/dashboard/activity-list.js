// What else happens: people come and go, change rooms, get roles, react.

import { makeAvatar, showAvatar } from "/shared/avatar.js";
import { make, setText } from "/shared/dom.js";
import { ago, fullTime } from "/shared/format.js";
import { reconcile } from "/shared/list.js";
import { fillPanel } from "./panel.js";

/** Event name → words after the person's name: plain ones, and those that stand out as an array of one. */
const sentences = {
    "voice.joined": (payload) => ["joined", [payload.channelName]],
    "voice.left": (payload) => ["left", [payload.channelName]],
    "voice.moved": (payload) => ["moved to", [payload.channelName]],
    "member.joined": () => ["became a member"],
    "member.left": () => ["left the guild"],
    "role.granted": (payload) => ["got the role", [payload.roleName]],
    "role.revoked": (payload) => ["lost the role", [payload.roleName]],
    "reaction.added": (payload) => ["reacted", emojiText(payload.emoji), "in", [`#${payload.channelName}`]],
    "milestone.reached": (payload) => ["reached", [String(payload.count ?? payload.name ?? "")]],
};

const tones = {
    "member.joined": "good", "role.granted": "good", "milestone.reached": "good",
    "member.left": "quiet", "voice.left": "quiet",
};

/** @param {HTMLElement} el */
export function ActivityList(el) {
    const list = make("ol.activities");
    const nothing = ["Nothing yet", "Joins, roles and reactions since you opened this page."];
    const { empty } = fillPanel(el, { picture: "activity", title: "Activity", nothing, rows: 6 }, list);
    let activity, guildId;

    return {
        /** @param {import("/shared/guild.js").Guild} guild */
        show(guild, now) {
            if (guild.activity === activity && guild.id === guildId) return;
            const animate = guild.id === guildId;
            ({ activity, id: guildId } = guild);
            empty.hidden = activity.length > 0;
            reconcile(list, activity, {
                key: (entry) => entry.id,
                create: makeEntry,
                update: (element, entry) => showEntry(element, entry, now),
                animate,
            });
        },

        showTimes(now) {
            for (const time of list.querySelectorAll("time[data-ts]")) setText(time, ago(Number(time.dataset.ts), now));
        },
    };
}

/** The sentence about an event as plain text, for the announcer. */
export function sentence(event, payload) {
    return [payload.displayName ?? "", ...sentences[event](payload).flat()].join(" ").trim();
}

function makeEntry({ id }) {
    const row = make("div.activity-row", {}, makeAvatar(), make("p.activity-text"), make("time.activity-time"));
    return make("li.activity.foldable", { "data-event-id": id }, make("div", {}, row));
}

function showEntry(element, entry, now) {
    showAvatar(element.querySelector(".avatar"), { id: entry.userId, name: entry.displayName, url: entry.avatar });
    element.dataset.tone = tones[entry.event] ?? "plain";
    const words = sentences[entry.event](entry.payload)
        .map((part) => (Array.isArray(part) ? make("span.activity-object", {}, part[0] ?? "") : part));
    element.querySelector(".activity-text").replaceChildren(
        make("strong", {}, entry.userId ? entry.displayName : "The guild"), ...words.flatMap((word) => [" ", word]));
    const time = element.querySelector("time");
    time.dataset.ts = String(entry.ts);
    time.dateTime = new Date(entry.ts).toISOString();
    time.title = fullTime(entry.ts);
    setText(time, ago(entry.ts, now));
}

function emojiText(emoji) {
    return emoji?.id ? `:${emoji.name}:` : emoji?.name ?? "";
}
