// The form of an overlay, made of its option table.

import { icon, make, setText } from "/shared/dom.js";
import { optionGroups, sameValue } from "/shared/overlay-options.js";
import { optionField } from "./option-fields.js";
import { piecesOf } from "./option-words.js";

let count = 0;

/** Channels are ticked here, not written as ids. */
const pickedAbout = {
    "voice-channel": "None ticked: every room with somebody in it",
    "text-channel": "None ticked: all channels that its viewer may see",
};

/**
 * @param {HTMLElement} el
 * @param {{changed: (name: string, value: any) => void, channels: () => object[], hidden?: string[]}} how
 *   `hidden`: options that are not set by a field
 */
export function OptionForm(el, { changed, channels, hidden = [] }) {
    let rows = new Map();                 // name → {option, field, reset, el}
    let groups = [];                      // {el, tally, names}
    let drawn = null;

    function draw(table) {
        rows = new Map();
        const wanted = table.filter(({ name }) => !hidden.includes(name));
        groups = Object.keys(optionGroups).map((id) => wanted.filter(({ group }) => group === id))
            .filter((options) => options.length > 0).map(drawGroup);
        el.replaceChildren(...groups.map((group) => group.el));
    }

    function drawGroup(options) {
        const tally = make("span.option-tally");
        const group = make("details.option-group", { open: "" },
            make("summary", {}, make("span.option-group-name", {}, optionGroups[options[0].group]), tally),
            make("div.option-rows", {}, ...options.map(drawRow)));
        return { el: group, tally, names: options.map(({ name }) => name) };
    }

    function drawRow(option) {
        const id = `option-${count += 1}`;
        const field = optionField(option, { id, describedBy: `${id}-about`, channels,
            changed: (value) => changed(option.name, value) });
        const reset = make("button.icon-button.option-reset", { type: "button", title: "Back to usual",
            "aria-label": `${option.label}: back to usual` }, icon("turn"));
        reset.addEventListener("click", () => {
            const { usual } = rows.get(option.name).option;
            const value = Array.isArray(usual) ? [...usual] : usual;
            changed(option.name, value);
            field.show(value);
            row.querySelector("input:not([type=color])")?.focus();
        });
        const label = field.isGroup ? make("span.field-label", { id: `${id}-label` }, option.label)
            : make("label.field-label", { for: id }, option.label);
        const about = make("p.field-hint", { id: `${id}-about` },
            ...piecesOf(pickedAbout[option.picks] ?? option.about).map(([text, isCode]) =>
                (isCode ? make("code", {}, text) : text)));
        const row = make("div.option", { "data-option": option.name, "data-kind": option.kind },
            make("div.option-head", {}, label, reset), field.el, about);
        rows.set(option.name, { option, field, reset, el: row });
        return row;
    }

    return {
        /**
         * @param {readonly import("/shared/overlay-options.js").Option[]} table  another one is drawn anew
         * @param {import("/shared/overlay-options.js").Values} values
         */
        show(table, values) {
            const shape = table.map(({ name }) => name).join();
            if (shape !== drawn) draw(table);
            drawn = shape;
            const changedNames = new Set();
            for (const option of table) {
                const row = rows.get(option.name);
                if (!row) continue;
                row.option = option;
                const isUsual = sameValue(values[option.name], option.usual);
                if (!isUsual) changedNames.add(option.name);
                row.field.show(values[option.name]);
                row.reset.hidden = isUsual;
                row.el.classList.toggle("is-changed", !isUsual);
            }
            for (const { tally, names } of groups) {
                const changedHere = names.filter((name) => changedNames.has(name)).length;
                setText(tally, changedHere === 0 ? "" : `${changedHere} changed`);
            }
        },
        /** The channels of the guild are others. */
        refresh() { for (const { field } of rows.values()) field.refresh?.(); },
    };
}
