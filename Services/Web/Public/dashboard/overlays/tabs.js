// Tabs of a panel, as a screen reader and the arrow keys know them.

import { icon, make } from "/shared/dom.js";

let count = 0;

/**
 * @param {{id: string, label: string, icon: string, el: HTMLElement}[]} all
 * @param {(id: string) => void} chosen
 */
export function Tabs(all, chosen, label) {
    const base = `tabs-${count += 1}`;
    const buttons = all.map((tab) => {
        const button = make("button.tab-button", { type: "button", role: "tab", id: `${base}-${tab.id}`,
            "aria-controls": `${base}-${tab.id}-panel`, "data-tab": tab.id }, icon(tab.icon),
        make("span", {}, tab.label));
        button.addEventListener("click", () => show(tab.id));
        return button;
    });
    const list = make("div.tab-list", { role: "tablist", "aria-label": label }, ...buttons);
    const panels = all.map((tab) => make("div.tab-panel", { role: "tabpanel", id: `${base}-${tab.id}-panel`,
        "aria-labelledby": `${base}-${tab.id}`, tabindex: "-1" }, tab.el));
    let current = null;

    function show(id) {
        if (id === current) return;
        current = id;
        all.forEach((tab, at) => {
            const isOn = tab.id === id;
            buttons[at].setAttribute("aria-selected", String(isOn));
            buttons[at].tabIndex = isOn ? 0 : -1;
            panels[at].hidden = !isOn;
        });
        chosen(id);
    }

    list.addEventListener("keydown", (event) => {
        const at = all.findIndex(({ id }) => id === current);
        const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
        if (next === undefined) return;
        event.preventDefault();
        const { id } = all[(next + all.length) % all.length];
        show(id);
        buttons[all.findIndex((tab) => tab.id === id)].focus();
    });

    const focus = () => buttons[all.findIndex(({ id }) => id === current)].focus();

    return { list, panels, show, focus, get current() { return current; } };
}
