// Above the feed: search, channels, times, pause.

import { icon, make, setText } from "/shared/dom.js";
import { number } from "/shared/format.js";
import { times } from "./times.js";

/**
 * @param {ReturnType<import("./feed-filter.js").FeedFilter>} filter
 * @param {{guild: () => import("/shared/guild.js").Guild|undefined, pause: () => void, timesChanged: () => void,
 *   leave: () => void}} actions
 */
export function FeedTools(filter, { guild, pause, timesChanged, leave }) {
    const field = make("input.feed-search", { type: "search", placeholder: "Search", "aria-label": "Search messages",
        title: "Words, \"phrases\", from:name, in:channel", enterkeyhint: "search", autocomplete: "off",
        spellcheck: "false", maxlength: "200" });
    const search = make("label.feed-search-box", {}, icon("search"), field);
    const channelsLabel = make("span.tool-label", {}, "Channels");
    const channels = make("button.tool", { type: "button", "aria-haspopup": "dialog", "aria-expanded": "false" },
        icon("list"), channelsLabel, icon("chevron"));
    const clock = make("button.tool.is-icon", { type: "button" }, icon("clock"));
    const hold = make("button.tool.feed-pause", { type: "button" });
    const el = make("div.feed-tools", { role: "toolbar", "aria-label": "Messages" }, search, channels, clock, hold);

    field.addEventListener("input", () => filter.setText(field.value.trim()));
    field.addEventListener("keydown", (event) => {
        if (event.isComposing) return;
        if (event.key === "Escape" && field.value !== "") {
            field.value = "";
            filter.setText("");
        } else if (event.key === "Escape" || event.key === "Enter" || event.key === "ArrowDown") leave();
        else return;
        event.preventDefault();
    });
    let menu = null;
    channels.addEventListener("click", async () => {
        if (menu?.isOpen) return;
        const { openChannels } = await import("./channel-menu.js");
        if (!guild()) return;
        menu = openChannels(channels, guild().channels, filter);
    });
    clock.addEventListener("click", () => {
        times.toggle();
        showClock();
        timesChanged();
    });
    hold.addEventListener("click", pause);

    function showClock() {
        clock.setAttribute("aria-pressed", String(times.isClock));
        clock.title = times.isClock ? "Show how long ago it was" : "Show the time of day";
        clock.setAttribute("aria-label", "Time of day");
    }
    showClock();

    return {
        el,
        focus: () => { field.focus(); field.select(); },

        /** The filter is another one than was typed here. */
        showFilter() {
            if (document.activeElement !== field || filter.text === "") field.value = filter.text;
            const { size } = filter.channels;
            const [only] = filter.channels;
            const name = guild()?.channels.find(({ id }) => id === only)?.name;
            const words = size === 0 ? "Channels" : size === 1 && name ? `#${name}` : `${size} channels`;
            setText(channelsLabel, words);
            channels.classList.toggle("is-on", size > 0);
        },

        /** @param {number} waiting  how many messages came since it was paused */
        showPause(isPaused, waiting) {
            const words = isPaused ? `Resume${waiting > 0 ? ` · ${number(waiting)} new` : ""}` : "Pause";
            if (hold.getAttribute("aria-label") === words) return;
            hold.setAttribute("aria-label", words);
            hold.classList.toggle("is-on", isPaused);
            hold.replaceChildren(icon(isPaused ? "play" : "pause"), make("span.tool-label", {}, words));
        },
    };
}
