// Who is in voice, channel by channel, in Discord's order. Rooms fold; of a crowd only a part is in the page.

import { icon, make, setText } from "/shared/dom.js";
import { number, plain } from "/shared/format.js";
import { voiceByChannel } from "/shared/guild.js";
import { reconcile } from "/shared/list.js";
import { fillPanel } from "./panel.js";
import { makeMember, showMember, showStay } from "./voice-member.js";

const stageType = 13;
const first = 50;                     // people of a room that are shown
const more = 200;                     // and so many with each wish for more
const emptyMax = 12;                  // empty rooms that are shown unasked

/** @param {HTMLElement} el */
export function VoicePanel(el) {
    const rooms = make("ul.voice-rooms");
    const nothing = ["No voice channels", "Channels that you may see appear here."];
    const { body, count, empty } = fillPanel(el, { picture: "speaker", title: "Voice", nothing, rows: 5 }, rooms);
    const rest = make("button.tool.voice-rest", { type: "button" });
    body.append(rest);
    const folded = new Set();
    const limits = new Map();             // room → how many of its people are shown
    let withEmpty = null;                 // null: nobody has said
    let voice, channels, guild, current;

    function show(animate) {
        const all = voiceByChannel(guild);
        const occupied = all.filter(({ members }) => members.length > 0);
        const bare = all.length - occupied.length;
        const isWhole = withEmpty ?? bare <= emptyMax;
        const items = isWhole ? all : occupied;
        empty.hidden = all.length > 0;
        rest.hidden = bare <= emptyMax;
        setText(rest, isWhole ? "Hide empty rooms" : `Show ${number(bare)} empty rooms`);
        setText(count, voice.size ? number(voice.size) : "nobody yet");
        reconcile(rooms, items, {
            key: ({ channel }) => channel.id,
            create: makeRoom,
            update: (room, item) => showRoom(room, item, animate),
            animate,
        });
        rove();
    }

    function showRoom(room, { channel, members }, animate) {
        const limit = limits.get(channel.id) ?? first;
        const shown = members.length > limit ? seenFirst(members).slice(0, limit) : members;
        const isOpen = !folded.has(channel.id);
        const head = room.querySelector(".voice-room-head");
        const name = room.querySelector(".voice-room-name");
        setText(name, channel.name);
        name.title = plain(channel.name);
        setText(room.querySelector(".voice-room-count"), members.length ? number(members.length) : "");
        room.classList.toggle("is-occupied", members.length > 0);
        room.classList.toggle("is-folded", !isOpen);
        if (members.length > 0) head.setAttribute("aria-expanded", String(isOpen));
        else head.removeAttribute("aria-expanded");
        reconcile(room.querySelector(".voice-members"), isOpen ? shown : [], {
            key: (member) => member.userId,
            create: makeMember,
            update: showMember,
            animate,
        });
        const button = room.querySelector(".voice-more");
        button.hidden = !isOpen || shown.length === members.length;
        setText(button, `${number(members.length - shown.length)} more`);
    }

    function fold(id, isFolded = !folded.has(id)) {
        if (isFolded) folded.add(id);
        else folded.delete(id);
        limits.delete(id);
        show(false);
    }

    rooms.addEventListener("click", ({ target }) => {
        const id = target.closest(".voice-room")?.dataset.channelId;
        if (target.closest(".voice-more")) {
            limits.set(id, (limits.get(id) ?? first) + more);
            show(false);
        } else if (target.closest(".voice-room-head[aria-expanded]")) fold(id);
    });
    rest.addEventListener("click", () => {
        withEmpty = rooms.childElementCount === 0 || rest.textContent.startsWith("Show");
        show(false);
    });

    /** One of the rooms is reached with the tabulator, the others from it with the arrows. */
    function rove() {
        const heads = [...rooms.querySelectorAll(".voice-room-head")];
        if (!heads.includes(current)) [current] = heads;
        for (const head of heads) head.tabIndex = head === current ? 0 : -1;
    }
    rooms.addEventListener("focusin", ({ target }) => {
        if (!target.classList.contains("voice-room-head")) return;
        current = target;
        rove();
    });
    rooms.addEventListener("keydown", (event) => {
        const head = event.target.closest(".voice-room-head");
        if (!head || event.ctrlKey || event.metaKey || event.altKey) return;
        const heads = [...rooms.querySelectorAll(".voice-room-head")];
        const at = heads.indexOf(head);
        const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: heads.length - 1 }[event.key];
        const isFolded = { ArrowLeft: true, ArrowRight: false }[event.key];
        if (to !== undefined) heads[Math.max(0, Math.min(to, heads.length - 1))].focus();
        else if (isFolded !== undefined && head.ariaExpanded) fold(head.closest("li").dataset.channelId, isFolded);
        else return;
        event.preventDefault();
    });

    return {
        /** @param {import("/shared/guild.js").Guild} next */
        show(next) {
            if (next.voice === voice && next.channels === channels) return;
            const animate = next.id === guild?.id && voice !== undefined;
            ({ voice, channels } = next);
            guild = next;
            show(animate);
        },

        /** Brings the times in the rooms up to date. */
        tick(now) {
            for (const time of rooms.querySelectorAll(".voice-stay[data-since]")) showStay(time, now);
        },
    };
}

/** Who shows something comes first where not all are shown. */
function seenFirst(members) {
    const shows = ({ streaming, video }) => streaming || video;
    return [...members.filter(shows), ...members.filter((member) => !shows(member))];
}

function makeRoom({ channel }) {
    const head = make("button.voice-room-head", { type: "button", tabindex: "-1" },
        icon(channel.type === stageType ? "stage" : "speaker"), make("bdi.voice-room-name"),
        icon("chevron"), make("span.voice-room-count"));
    const crowd = make("button.tool.voice-more", { type: "button" });
    return make("li.voice-room.foldable", { "data-channel-id": channel.id },
        make("div", {}, make("h3", {}, head), make("ul.voice-members"), crowd));
}
