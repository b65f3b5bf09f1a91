// Says on every page that this server is an open demo, where it is one.

import { make } from "./dom.js";

/** @param {import("./me.js").Me} me @returns {HTMLElement[]} */
export function demoBanner(me) {
    if (me.access !== "open") return [];
    const more = me.user ? "You are logged in and see what is yours."
        : "Whoever reaches it sees what @everyone may see.";
    return [make("aside.demo-banner", { "aria-label": "Open demo" },
        make("strong", {}, "Open demo"), make("span", {}, more))];
}
