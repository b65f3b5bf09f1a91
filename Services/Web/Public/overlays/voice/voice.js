// Voice overlay: who is in voice, over any video. Options: options.js; names for themes: specs/overlays.md.
// Discord tells a bot who is in a channel and whether they are muted, but not who is speaking.

import { makeAvatar, showAvatar } from "/shared/avatar.js";
import { icon, make, setText } from "/shared/dom.js";
import { voiceMarks } from "/shared/guild.js";
import { reconcile } from "/shared/list.js";
import { withSamples } from "/shared/overlay-samples.js";
import { clean, nameMax, personName } from "/shared/overlay-text.js";
import { options } from "/overlays/voice/options.js";
import { roomsToShow } from "/overlays/voice/rooms.js";

const timeEvery = 900;              // milliseconds: times are told in minutes, so once a second will do

/** @type {import("/shared/overlay-page.js").Overlay} */
export const overlay = {
    name: "voice",
    options,
    wantsRules: false,
    // The channels are picked here, not by the server, so that a person who moves away is seen to leave.
    events: () => ["voice.*", "channel.*", "member.updated"],
    ticks: ({ time }) => time,
    mount: VoiceOverlay,
};

/** @param {HTMLElement} el @param {import("/shared/overlay-page.js").Frame} frame */
export function VoiceOverlay(el, { values, words }) {
    const list = make("div.voice-channels");
    const rest = make("p.voice-more.overlay-line");
    const nobody = make("p.voice-empty.overlay-plate");
    const markWords = { mute: words.muted, deaf: words.deafened, stream: words.streaming, video: words.camera };
    let drawn = { voice: null, channels: null, now: 0 };
    const titled = !values.hide.includes("titles") && values.channel.length !== 1;
    for (const part of ["align", "valign", "layout"]) el.dataset[part] = values[part];
    for (const part of ["names", "avatars", "marks", "titles"]) {
        el.classList.toggle(`hides-${part}`, values.hide.includes(part));
    }
    rest.hidden = nobody.hidden = true;
    setText(nobody, words.nobody);
    el.append(list, nobody, rest);

    function makeRoom({ channel }) {
        const name = make("h2.voice-channel-name", {}, icon(channel.type === 13 ? "stage" : "speaker"),
            make("bdi.overlay-line"));
        name.hidden = !titled;
        return make("section.voice-channel", { "data-channel-id": channel.id }, name, make("ul.voice-members"));
    }

    function showRoom(element, { channel, members }, { animate, now }) {
        setText(element.querySelector(".voice-channel-name bdi"), clean(channel.name, nameMax));
        reconcile(element.querySelector(".voice-members"), members, {
            key: (member) => member.userId,
            create: ({ userId }) => make("li.voice-member.overlay-plate", { "data-user-id": userId },
                makeAvatar("avatar voice-avatar"), make("bdi.voice-name.overlay-line"), make("span.voice-marks")),
            update: showMember,
            animate,
        });
        if (values.time) for (const member of members) showTime(element, member, now);
    }

    function showMember(element, member) {
        const marks = voiceMarks(member);
        const states = {
            "is-muted": marks.includes("mute") || marks.includes("deaf"), "is-deafened": marks.includes("deaf"),
            "is-streaming": member.streaming, "has-video": member.video, "is-bot": member.bot,
        };
        for (const [name, on] of Object.entries(states)) element.classList.toggle(name, Boolean(on));
        const name = personName(member, words.someone);
        showAvatar(element.querySelector(".voice-avatar"), { id: member.userId, name, url: member.avatar });
        setText(element.querySelector(".voice-name"), name);
        element.querySelector(".voice-marks").replaceChildren(...marks.map((mark) =>
            make("span.voice-mark", { "data-mark": mark }, icon(mark, markWords[mark]))));
    }

    function showTime(room, { userId, since }, now) {
        const element = room.querySelector(`.voice-member[data-user-id="${CSS.escape(userId)}"]:not(.is-leaving)`);
        if (!element) return;
        const text = Number.isFinite(since) ? words.elapsed(now - since) : "";
        let time = element.querySelector(".voice-time");
        if (!time && text) element.append(time = make("span.voice-time"));
        if (time) setText(time, text);
    }

    /** Messages and counts do not concern it; sorting 2,000 people for each of them would. */
    function isDrawn({ voice, channels }, now) {
        if (voice !== drawn.voice || channels !== drawn.channels) return false;
        return !values.time || Math.abs(now - drawn.now) < timeEvery;
    }

    return {
        show(picture) {
            const guild = withSamples(picture.guild, picture.samples, values.channel);
            if (isDrawn(guild, picture.now)) return;
            drawn = { voice: guild.voice, channels: guild.channels, now: picture.now };
            const { rooms, more } = roomsToShow(guild, values);
            reconcile(list, rooms, {
                key: ({ channel }) => channel.id,
                create: makeRoom,
                update: (element, room) => showRoom(element, room, picture),
                animate: picture.animate,
            });
            nobody.hidden = rooms.length > 0 || !values.empty;
            rest.hidden = more === 0;
            setText(rest, words.more(words.number(more)));
        },
    };
}
