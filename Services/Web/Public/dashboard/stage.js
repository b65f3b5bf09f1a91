// Where views are shown: each is loaded with its style sheets when it is first asked for, and stays.

import { make } from "/shared/dom.js";
import { stateCard } from "/shared/states.js";

/**
 * @param {HTMLElement} el  main
 * @param {(view: import("./views.js").View) => import("./context.js").Context} contextFor
 */
export function Stage(el, contextFor) {
    const shown = new Map();              // id → {section, view: what mount gave}
    let current = null;

    async function load(view) {
        const section = make(`section.view.${view.id}-view`, { "data-view": view.id, "aria-label": view.label });
        const entry = { section, view: {} };
        shown.set(view.id, entry);
        section.setAttribute("aria-busy", "true");
        el.append(section);
        try {
            const module = await view.load();
            await Promise.all((module.styles ?? []).map(addStyle));
            section.removeAttribute("aria-busy");
            entry.view = module.mount(section, contextFor(view)) ?? {};
            if (current === view.id) entry.view.update?.();
        } catch (problem) {
            section.removeAttribute("aria-busy");
            console.warn(problem);
            const again = make("button.button", { type: "button" }, "Try again");
            again.addEventListener("click", () => {
                section.remove();
                shown.delete(view.id);
                current = null;
                show(view);
            });
            section.replaceChildren(stateCard("alert", `${view.label} could not be loaded`,
                "The server did not give a part of this page. It may be restarting.", again));
        }
    }

    function show(view) {
        if (current === view.id) return;
        current = view.id;
        for (const other of el.children) other.hidden = other.dataset.view !== view.id;
        const entry = shown.get(view.id);
        if (entry) entry.view.update?.();
        else load(view);
    }

    return {
        show,
        get current() { return current; },
        update() { shown.get(current)?.view.update?.(); },
        tick(now) { shown.get(current)?.view.tick?.(now); },
        /** The address has other parameters for a view, which may not be shown yet. */
        queryChanged(id) { shown.get(id)?.view.queryChanged?.(); },
    };
}

/** A style sheet that cannot be had is waited for no longer than its answer: the view is ugly, but there. */
export function addStyle(href) {
    if (document.querySelector(`link[rel="stylesheet"][href="${href}"]`)) return null;
    return new Promise((done) => {
        const link = make("link", { rel: "stylesheet", href });
        link.addEventListener("load", () => done());
        link.addEventListener("error", () => done());
        document.head.append(link);
    });
}
