// Choosing channels of the feed: a list with boxes, and a field to find one among hundreds.

import { make } from "/shared/dom.js";
import { plain } from "/shared/format.js";
import { fold } from "./feed-search.js";

const written = new Set([0, 2, 5, 10, 11, 12, 13]);     // types of channels in which people write
const shownMax = 200;
const isRoom = ({ type }) => type === 2 || type === 13;

/**
 * @param {HTMLElement} button  what it hangs from
 * @param {import("/shared/guild.js").Channel[]} all
 * @param {ReturnType<import("./feed-filter.js").FeedFilter>} filter
 */
export function openChannels(button, all, filter) {
    const channels = inOrder(all);
    const field = make("input", { type: "search", placeholder: "Find a channel", "aria-label": "Find a channel" });
    const list = make("ul.channel-choices", {});
    const clear = make("button.button.is-small", { type: "button" }, "All channels");
    const el = make("div.channel-menu", { popover: "auto", role: "dialog", "aria-label": "Channels" });
    if (channels.length > 12) el.append(field);
    el.append(list, clear);

    function show() {
        const wanted = fold(field.value.trim());
        const found = channels.filter(({ name }) => fold(name).includes(wanted));
        list.replaceChildren(...found.slice(0, shownMax).map((channel) => {
            const box = make("input", { type: "checkbox", value: channel.id });
            box.checked = filter.channels.has(channel.id);
            const name = make("bdi.channel-choice", { title: plain(channel.name) },
                isRoom(channel) ? channel.name : `#${channel.name}`);
            return make("li", {}, make("label.choice", {}, box, name));
        }));
        if (found.length === 0) list.append(make("li.channel-none", {}, "No channel of that name"));
        if (found.length > shownMax) list.append(make("li.channel-none", {}, `${found.length - shownMax} more`));
    }

    list.addEventListener("change", ({ target }) => {
        const chosen = new Set(filter.channels);
        if (target.checked) chosen.add(target.value);
        else chosen.delete(target.value);
        filter.setChannels(chosen);
    });
    list.addEventListener("keydown", (event) => {
        const boxes = [...list.querySelectorAll("input")];
        const at = boxes.indexOf(document.activeElement);
        const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: boxes.length - 1 }[event.key];
        if (to === undefined) return;
        event.preventDefault();
        boxes[Math.max(0, Math.min(to, boxes.length - 1))]?.focus();
    });
    field.addEventListener("input", show);
    clear.addEventListener("click", () => {
        filter.setChannels([]);
        el.hidePopover();
    });
    let isOpen = true;
    el.addEventListener("toggle", ({ newState }) => {
        if (newState !== "closed") return;
        isOpen = false;
        button.setAttribute("aria-expanded", "false");
        if (el.contains(document.activeElement) || document.activeElement === document.body) button.focus();
        el.remove();
    });
    show();
    button.setAttribute("aria-expanded", "true");
    button.after(el);
    const box = button.getBoundingClientRect();
    el.style.setProperty("--left", `${box.left}px`);
    el.style.setProperty("--top", `${box.bottom}px`);
    el.showPopover();
    (channels.length > 12 ? field : list.querySelector("input") ?? clear).focus();
    return { get isOpen() { return isOpen; } };
}

/** As Discord orders them: by category, then by place in it; threads behind their channel. */
export function inOrder(all) {
    const known = new Map(all.map((channel) => [channel.id, channel]));
    const path = (channel) => {
        const parent = known.get(channel.parentId);
        if (!parent) return [channel.type === 4 ? channel.position : -1, channel.position];
        return [...(parent.type === 4 ? [parent.position] : path(parent)), channel.position];
    };
    const compare = (a, b) => {
        const [first, second] = [path(a), path(b)];
        for (let at = 0; at < Math.max(first.length, second.length); at += 1) {
            const difference = (first[at] ?? -1) - (second[at] ?? -1);
            if (difference !== 0) return difference;
        }
        return a.id.length - b.id.length || (a.id < b.id ? -1 : 1);
    };
    return all.filter(({ type }) => written.has(type)).sort(compare);
}
