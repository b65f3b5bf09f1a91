// A person in a voice room.

import { makeAvatar, showAvatar } from "/shared/avatar.js";
import { icon, make, markLabels, setText } from "/shared/dom.js";
import { fullTime, plain, stay } from "/shared/format.js";
import { voiceMarks } from "/shared/guild.js";

export function makeMember({ userId }) {
    const row = make("div.voice-member-row", {}, makeAvatar(), make("bdi.voice-member-name"),
        make("span.voice-marks"), make("span.voice-stay"));
    return make("li.voice-member.foldable", { "data-user-id": userId }, make("div", {}, row));
}

/** @param {import("/shared/guild.js").VoiceMember} member */
export function showMember(element, member) {
    const name = element.querySelector(".voice-member-name");
    showAvatar(element.querySelector(".avatar"), { id: member.userId, name: member.displayName, url: member.avatar });
    setText(name, member.displayName);
    name.title = plain(member.displayName);
    const marks = voiceMarks(member);
    element.classList.toggle("is-silent", marks.includes("mute") || marks.includes("deaf"));
    const nodes = marks.map((mark) => {
        if (mark === "stream") return make("span.live-badge", { title: markLabels.stream }, "Live");
        return make("span.voice-mark", { "data-mark": mark, title: markLabels[mark] }, icon(mark, markLabels[mark]));
    });
    if (member.bot) nodes.unshift(make("span.bot-badge", {}, "App"));
    element.querySelector(".voice-marks").replaceChildren(...nodes);
    const time = element.querySelector(".voice-stay");
    if (member.since === null || member.since === undefined) delete time.dataset.since;
    else time.dataset.since = String(member.since);
    time.title = time.dataset.since ? `here since ${fullTime(member.since)}` : "";
    showStay(time, Date.now());
}

/** How long the person has been there; nothing where nobody knows. */
export function showStay(time, now) {
    setText(time, time.dataset.since ? stay(Number(time.dataset.since), now) : "");
}
