// The messages, newest last. At the end it follows; a reader who has scrolled up is left in peace.

import { makeAvatar, showAvatar } from "/shared/avatar.js";
import { icon, make, setText } from "/shared/dom.js";
import { ago, fullTime, segments, timeOfDay } from "/shared/format.js";
import { MESSAGES_MAX, continues } from "/shared/guild.js";
import { reconcile } from "/shared/list.js";
import { fillPanel } from "./panel.js";

const linkRelation = "noopener noreferrer nofollow";
const nearEnd = 48;                   // pixels from the end that still count as being there

/** @param {HTMLElement} el */
export function MessageFeed(el) {
    const list = make("ol.messages");
    const nothing = ["Quiet so far", "New messages appear here as they are written."];
    const how = { picture: "messages", title: "Messages", nothing, rows: 8, role: "log" };
    const { body, count, empty } = fillPanel(el, how, list);
    body.setAttribute("aria-live", "off");          // the announcer sums up; reading every message out would be a flood
    const jump = make("button.jump", { type: "button" }, make("span"), icon("down"));
    jump.hidden = true;
    el.append(jump);

    let messages, guildId;
    let following = true;
    let lastTop = 0;
    let unread = 0;
    let lastSeen = null;              // id of the newest message that has been shown

    const toEnd = () => { body.scrollTop = body.scrollHeight; };
    // Only a reader scrolls upwards: what grows below moves nothing, and what shrinks leaves us at the end.
    body.addEventListener("scroll", () => {
        if (body.scrollHeight - body.clientHeight - body.scrollTop < nearEnd) following = true;
        else if (body.scrollTop < lastTop) following = false;
        lastTop = body.scrollTop;
        if (following) unread = 0;
        showJump();
    }, { passive: true });
    const resized = new ResizeObserver(() => { if (following) toEnd(); });
    resized.observe(body);
    resized.observe(list);
    jump.addEventListener("click", () => {
        following = true;
        toEnd();
        body.focus({ preventScroll: true });
    });

    function showJump() {
        jump.hidden = following;
        const news = unread === 1 ? "1 new message" : `${unread} new messages`;
        setText(jump.firstElementChild, unread === 0 ? "Newest" : news);
    }

    /** Where the first visible message stands, so that it can be put back there. */
    function anchor() {
        const top = body.getBoundingClientRect().top;
        for (const element of list.children) {
            const box = element.getBoundingClientRect();
            if (box.bottom > top) return { element, offset: box.top };
        }
        return null;
    }

    return {
        /** @param {import("/shared/guild.js").Guild} guild */
        show(guild, now) {
            if (guild.messages === messages && guild.id === guildId) return;
            const sameGuild = guild.id === guildId && messages !== undefined;
            const held = following || !sameGuild ? null : anchor();
            if (!sameGuild) following = true;
            ({ messages, id: guildId } = guild);
            const names = namesIn(guild);
            reconcile(list, messages, {
                key: (message) => message.messageId,
                create: makeMessage,
                update: (element, message) => showMessage(element, message, names, now),
                animate: sameGuild && following,
            });
            linkUp(list, messages);
            unread = following ? 0 : unread + newSince(messages, lastSeen);
            lastSeen = messages.at(-1)?.messageId ?? null;
            empty.hidden = messages.length > 0;
            const all = messages.length < MESSAGES_MAX;
            setText(count, all ? String(messages.length || "") : `last ${MESSAGES_MAX}`);
            if (following) toEnd();
            else if (held?.element.isConnected) {
                body.scrollTop += held.element.getBoundingClientRect().top - held.offset;
            }
            showJump();
        },

        /** Brings "4 min" up to date. */
        showTimes(now) {
            for (const time of list.querySelectorAll("time[data-ts]")) setText(time, ago(Number(time.dataset.ts), now));
        },
    };
}

function newSince(messages, lastSeen) {
    const index = messages.findIndex((message) => message.messageId === lastSeen);
    return index < 0 ? 0 : messages.length - 1 - index;
}

/** Names for mentions: whoever wrote or is in voice, and all channels. */
function namesIn(guild) {
    return {
        user: (id) => guild.voice.get(id)?.displayName ?? guild.messages.find((one) => one.userId === id)?.displayName,
        channel: (id) => guild.channels.find((channel) => channel.id === id)?.name,
    };
}

/** A message that goes on from the one before it shows no head of its own. */
function linkUp(list, messages) {
    const elements = new Map();
    for (const element of list.children) {
        if (!element.classList.contains("is-leaving")) elements.set(element.dataset.messageId, element);
    }
    messages.forEach((message, index) => {
        elements.get(message.messageId)?.classList.toggle("is-continued", continues(messages[index - 1], message));
    });
}

function makeMessage({ messageId, userId }) {
    const head = make("div.message-head", {}, make("span.message-name"), make("span.bot-badge", {}, "App"),
        make("span.message-channel"), make("time.message-time"));
    const text = make("div.message-text", { dir: "auto" });
    const side = make("span.message-side", { "aria-hidden": "true" });
    const row = make("article.message-row", {}, make("div.message-gutter", {}, makeAvatar(), side),
        make("div.message-body", {}, head, text, make("ul.message-reactions")));
    return make("li.message.foldable", { "data-message-id": messageId, "data-user-id": userId }, make("div", {}, row));
}

function showMessage(element, message, names, now) {
    const find = (name) => element.querySelector(name);
    showAvatar(find(".avatar"), { id: message.userId, name: message.displayName, url: message.avatar });
    setText(find(".message-name"), message.displayName);
    find(".bot-badge").hidden = !message.bot && !message.webhook;
    setText(find(".message-channel"), `#${message.channelName}`);
    const time = find(".message-time");
    time.dataset.ts = String(message.ts);
    time.dateTime = new Date(message.ts).toISOString();
    time.title = fullTime(message.ts);
    setText(time, ago(message.ts, now));
    setText(find(".message-side"), timeOfDay(message.ts));
    find(".message-text").replaceChildren(...content(message, names));
    find(".message-reactions").replaceChildren(...message.reactions.map(({ name, custom, count }) =>
        make("li.reaction", {}, custom ? `:${name}:` : name, make("span", {}, String(count)))));
}

function content(message, names) {
    const nodes = segments(message.content, names).map(({ kind, text }) => {
        if (kind === "text") return document.createTextNode(text);
        if (kind === "link") return make("a", { href: text, rel: linkRelation, target: "_blank" }, text);
        return make(kind === "code" ? "code" : `span.${kind}`, {}, text);
    });
    if (message.attachments > 0) {
        const words = message.attachments === 1 ? "1 attachment" : `${message.attachments} attachments`;
        nodes.push(make("span.attachments", {}, words));
    }
    if (nodes.length === 0) nodes.push(make("span.attachments", {}, "no text"));
    if (message.edited) nodes.push(make("span.edited", {}, "edited"));
    return nodes;
}
