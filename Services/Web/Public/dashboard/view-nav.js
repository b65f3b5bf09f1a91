// The tabs of the views: in the head at a desk, at the foot of a phone.

import { icon, make } from "/shared/dom.js";

/**
 * @param {HTMLElement} el  a nav
 * @param {import("./views.js").View[]} views
 * @param {{hrefOf: (view: string) => string, go: (view: string) => void}} actions
 */
export function ViewNav(el, views, { hrefOf, go }) {
    const links = new Map(views.map((view) => {
        const link = make("a.view-link", { href: hrefOf(view.id), "data-view": view.id },
            icon(view.icon), make("span", {}, view.label));
        link.addEventListener("click", (event) => {
            if (event.ctrlKey || event.metaKey || event.shiftKey) return;      // another tab, another window
            event.preventDefault();
            go(view.id);
        });
        return [view.id, link];
    }));
    el.append(...links.values());

    return {
        /** @param {(view: import("./views.js").View) => boolean} isFor  whether the viewer gets to see it */
        show(current, isFor) {
            for (const view of views) {
                const link = links.get(view.id);
                link.hidden = !isFor(view);
                link.href = hrefOf(view.id);
                if (view.id === current) link.setAttribute("aria-current", "page");
                else link.removeAttribute("aria-current");
            }
        },
    };
}
