// The head of the pages beside the dashboard: the way back, who one is, light or dark.

import { AccountMenu } from "./account-menu.js";
import { make } from "./dom.js";
import { ThemeToggle } from "./theme-toggle.js";

/** @param {HTMLElement} el */
export function SiteBar(el) {
    const place = make("div.account-place");
    const mark = make("a.site-mark", { href: "/" },
        make("img", { src: "/shared/favicon.svg", alt: "", width: "28", height: "28" }), "Guildwire");
    const here = (path) => (location.pathname === path ? { "aria-current": "page" } : {});
    const nav = make("nav.site-nav", { "aria-label": "Site" },
        make("a", { href: "/" }, "Dashboard"), make("a", { href: "/api/docs", ...here("/api/docs") }, "API"));
    el.append(mark, nav, ThemeToggle(), place);
    return AccountMenu(place);
}
