// Who is in voice, channel by channel, in Discord's order.

import { makeAvatar, showAvatar } from "/shared/avatar.js";
import { icon, make, markLabels, setText } from "/shared/dom.js";
import { number } from "/shared/format.js";
import { voiceByChannel, voiceMarks } from "/shared/guild.js";
import { reconcile } from "/shared/list.js";
import { fillPanel } from "./panel.js";

const stageType = 13;

/** @param {HTMLElement} el */
export function VoicePanel(el) {
    const rooms = make("ul.voice-rooms");
    const nothing = ["No voice channels", "Channels that you may see appear here."];
    const { count, empty } = fillPanel(el, { picture: "speaker", title: "Voice", nothing, rows: 5 }, rooms);
    let voice, channels, guildId;

    return {
        /** @param {import("/shared/guild.js").Guild} guild */
        show(guild) {
            if (guild.voice === voice && guild.channels === channels) return;
            const animate = guild.id === guildId && voice !== undefined;
            ({ voice, channels, id: guildId } = guild);
            const items = voiceByChannel(guild);
            empty.hidden = items.length > 0;
            setText(count, voice.size ? number(voice.size) : "nobody yet");
            reconcile(rooms, items, {
                key: ({ channel }) => channel.id,
                create: makeRoom,
                update: (room, item) => showRoom(room, item, animate),
                animate,
            });
        },
    };
}

function makeRoom({ channel }) {
    const head = make("h3.voice-room-head", {}, icon(channel.type === stageType ? "stage" : "speaker"),
        make("span.voice-room-name"), make("span.voice-room-count"));
    const members = make("ul.voice-members");
    return make("li.voice-room.foldable", { "data-channel-id": channel.id }, make("div", {}, head, members));
}

function showRoom(room, { channel, members }, animate) {
    setText(room.querySelector(".voice-room-name"), channel.name);
    setText(room.querySelector(".voice-room-count"), members.length ? String(members.length) : "");
    room.classList.toggle("is-occupied", members.length > 0);
    reconcile(room.querySelector(".voice-members"), members, {
        key: (member) => member.userId,
        create: makeMember,
        update: showMember,
        animate,
    });
}

function makeMember({ userId }) {
    const name = make("span.voice-member-name");
    const marks = make("span.voice-marks");
    return make("li.voice-member.foldable", { "data-user-id": userId },
        make("div", {}, make("div.voice-member-row", {}, makeAvatar(), name, marks)));
}

function showMember(element, member) {
    const name = element.querySelector(".voice-member-name");
    showAvatar(element.querySelector(".avatar"), { id: member.userId, name: member.displayName, url: member.avatar });
    setText(name, member.displayName);
    name.title = member.displayName;
    const marks = voiceMarks(member);
    element.classList.toggle("is-silent", marks.includes("mute") || marks.includes("deaf"));
    const nodes = marks.map((mark) => {
        if (mark === "stream") return make("span.live-badge", { title: markLabels.stream }, "Live");
        return make("span.voice-mark", { "data-mark": mark, title: markLabels[mark] }, icon(mark, markLabels[mark]));
    });
    if (member.bot) nodes.unshift(make("span.bot-badge", {}, "App"));
    element.querySelector(".voice-marks").replaceChildren(...nodes);
}
