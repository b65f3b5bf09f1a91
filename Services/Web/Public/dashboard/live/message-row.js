// One message of the feed. What people wrote goes in as text, in a direction of its own.

import { makeAvatar, showAvatar } from "/shared/avatar.js";
import { make, setText } from "/shared/dom.js";
import { plain, segments, timeOfDay } from "/shared/format.js";
import { continues } from "/shared/guild.js";
import { showTime } from "./times.js";

const linkRelation = "noopener noreferrer nofollow";
const reactionsMax = 24;

export function makeMessage({ messageId, userId }) {
    const head = make("div.message-head", {}, make("bdi.message-name"), make("span.bot-badge", {}, "App"),
        make("bdi.message-channel"), make("time.message-time"));
    const row = make("article.message-row", { tabindex: "-1" },
        make("div.message-gutter", {}, makeAvatar(), make("span.message-side", { "aria-hidden": "true" })),
        make("div.message-body", {}, head, make("div.message-text", { dir: "auto" }), make("ul.message-reactions")));
    return make("li.message", { "data-message-id": messageId, "data-user-id": userId }, row);
}

/**
 * @param {import("/shared/guild.js").Message|undefined} before  the one above it
 * @param {{names: object, now: number, mark: (text: string) => {text: string, isHit: boolean}[]}} how
 */
export function showMessage(element, message, before, { names, now, mark }) {
    const find = (name) => element.querySelector(name);
    element.classList.toggle("is-continued", continues(before, message));
    showAvatar(find(".avatar"), { id: message.userId, name: message.displayName, url: message.avatar });
    const name = find(".message-name");
    name.replaceChildren(...marked(message.displayName, mark));
    name.title = plain(message.displayName);
    find(".bot-badge").hidden = !message.bot && !message.webhook;
    setText(find(".message-channel"), `#${message.channelName ?? "channel"}`);
    showTime(find(".message-time"), message.ts, now);
    setText(find(".message-side"), timeOfDay(message.ts));
    find(".message-text").replaceChildren(...content(message, names, mark));
    find(".message-reactions").replaceChildren(...reactions(message.reactions));
}

function reactions(all) {
    const nodes = all.slice(0, reactionsMax).map(({ name, custom, count }) => make("li.reaction", {},
        make("bdi.reaction-name", {}, custom ? `:${name}:` : name), make("span.reaction-count", {}, String(count))));
    if (all.length > reactionsMax) nodes.push(make("li.reaction", {}, `and ${all.length - reactionsMax} more`));
    return nodes;
}

function content(message, names, mark) {
    const nodes = segments(message.content, names).flatMap(({ kind, text }) => {
        const words = marked(text, mark);
        if (kind === "text") return words;
        if (kind === "link") return make("a", { href: text, rel: linkRelation, target: "_blank" }, ...words);
        return make(kind === "code" ? "code" : `bdi.${kind}`, {}, ...words);
    });
    if (message.attachments > 0) {
        const words = message.attachments === 1 ? "1 attachment" : `${message.attachments} attachments`;
        nodes.push(make("span.attachments", {}, words));
    }
    if (nodes.length === 0) nodes.push(make("span.attachments", {}, "no text"));
    if (message.edited) nodes.push(make("span.edited", {}, "edited"));
    return nodes;
}

function marked(text, mark) {
    return mark(text).map(({ text: part, isHit }) => (isHit ? make("mark", {}, part) : document.createTextNode(part)));
}

/** Names for mentions: whoever wrote or is in voice, and all channels. */
export function namesIn(guild, messages) {
    return {
        user: (id) => guild.voice.get(id)?.displayName
            ?? messages.findLast((message) => message.userId === id)?.displayName,
        channel: (id) => guild.channels.find((channel) => channel.id === id)?.name,
    };
}
