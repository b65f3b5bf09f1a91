// One of a few, side by side: radio buttons, so that arrow keys choose.

import { make } from "/shared/dom.js";

/**
 * @param {{name: string, legend: string, choices: {id: string, label: string, words?: string}[],
 *   choose: (id: string) => void}} what
 */
export function Segments({ name, legend, choices, choose }) {
    const inputs = choices.map(({ id, label, words }) => {
        const input = make("input", { type: "radio", name, value: id, ...(words ? { "aria-label": words } : {}) });
        return { input, el: make("label.segment", {}, input, make("span", {}, label)) };
    });
    const el = make("fieldset.segments", { "data-segments": name }, make("legend.visually-hidden", {}, legend),
        ...inputs.map((one) => one.el));
    el.addEventListener("change", (event) => choose(event.target.value));
    return {
        el,
        /** @param {string[]} [possible]  those that can be chosen */
        show(id, possible = choices.map((one) => one.id)) {
            for (const { input } of inputs) {
                input.checked = input.value === id;
                input.disabled = !possible.includes(input.value);
            }
        },
    };
}
