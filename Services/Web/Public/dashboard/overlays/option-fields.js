// One field for each kind of option. Each shows a value and tells of changes; null: the style decides.

import { make, setText } from "/shared/dom.js";
import { colourOf, readOptions } from "/shared/overlay-options.js";
import { ChannelField } from "./channel-field.js";
import { languageName, wordsOfChoice } from "./option-words.js";

const sliderSteps = 1_000;                // with more, a slider is no help

let count = 0;

/**
 * @param {import("/shared/overlay-options.js").Option} option
 * @param {{id: string, describedBy: string, changed: (value: any) => void, channels: () => object[]}} how
 * @returns {{el: HTMLElement, show: (value: any) => void, isGroup: boolean, refresh?: () => void}}
 */
export function optionField(option, how) {
    if (option.kind === "list" && !option.choices) {
        return option.of === "id" ? ChannelField(option, how) : words(option, how);
    }
    return (fields[option.kind] ?? text)(option, how);
}

const fields = { choice, list: chips, number, text, colour, flag, font };

function choice(option, { id, describedBy, changed }) {
    const label = option.name === "lang" ? languageName : wordsOfChoice;
    const inputs = option.choices.map((value) => {
        const input = make("input", { type: "radio", name: id, value });
        input.addEventListener("change", () => { if (input.checked) changed(value); });
        return [value, input, make("label.chip", {}, input, make("span", {}, label(value)))];
    });
    return {
        isGroup: true,
        el: make("div.chips", { role: "radiogroup", "aria-labelledby": `${id}-label`, "aria-describedby": describedBy },
            ...inputs.map(([, , el]) => el)),
        show(value) { for (const [own, input] of inputs) input.checked = own === value; },
    };
}

function chips(option, { id, describedBy, changed }) {
    const inputs = option.choices.map((value) => {
        const input = make("input", { type: "checkbox", value });
        input.addEventListener("change", () =>
            changed(inputs.filter(([, one]) => one.checked).map(([own]) => own)));
        return [value, input, make("label.chip", {}, input, make("span", {}, wordsOfChoice(value)))];
    });
    return {
        isGroup: true,
        el: make("div.chips", { role: "group", "aria-labelledby": `${id}-label`, "aria-describedby": describedBy },
            ...inputs.map(([, , el]) => el)),
        show(value) { for (const [own, input] of inputs) input.checked = value.includes(own); },
    };
}

function number(option, { id, describedBy, changed }) {
    const { min, max, step = 1 } = option;
    const bounds = { min: String(min), max: String(max), step: String(step) };
    const exact = make("input.exact", { type: "number", id, "aria-describedby": describedBy, inputmode: "decimal",
        placeholder: "auto", ...bounds });
    const slider = (max - min) / step > sliderSteps ? null
        : make("input.slider", { type: "range", "aria-label": option.label,
            "aria-describedby": describedBy, ...bounds });
    slider?.addEventListener("input", () => {
        exact.value = slider.value;
        changed(Number(slider.value));
    });
    exact.addEventListener("input", () => {
        const value = readOptions([option], new URLSearchParams({ [option.name]: exact.value }))[option.name];
        if (exact.value !== "" && Number(exact.value) === value) changed(value);
    });
    exact.addEventListener("change", () => {
        const value = readOptions([option], new URLSearchParams({ [option.name]: exact.value }))[option.name];
        changed(value);
        show(value);
    });
    const el = make("div.number-field", {}, ...(slider ? [slider] : []), exact);
    function show(value) {
        el.classList.toggle("is-unset", value === null);
        if (document.activeElement !== exact) exact.value = value === null ? "" : String(value);
        if (slider) slider.value = String(value ?? Math.min(max, Math.max(min, (min + max) / 2)));
        slider?.setAttribute("aria-valuetext", value === null ? "as the style has it" : String(value));
    }
    return { isGroup: false, el, show };
}

function text(option, { id, describedBy, changed }) {
    const input = make("input", { type: "text", id, maxlength: String(option.max ?? 200), autocomplete: "off",
        "aria-describedby": describedBy, spellcheck: "false" });
    input.addEventListener("input", () => changed(input.value));
    return { isGroup: false, el: input,
        show(value) { if (input.value !== (value ?? "")) input.value = value ?? ""; } };
}

/** Colour and opacity, and the text that says both. */
function colour(option, { id, describedBy, changed }) {
    const pick = make("input.swatch", { type: "color", "aria-label": `${option.label}: pick a colour` });
    const exact = make("input.exact", { type: "text", id, maxlength: "9", placeholder: "as the style has it",
        "aria-describedby": describedBy, autocomplete: "off", spellcheck: "false" });
    const alpha = make("input.slider", { type: "range", min: "0", max: "255", step: "1",
        "aria-label": `${option.label}: opacity` });
    const el = make("div.colour-field", {}, pick, exact, alpha);
    const whole = () => pick.value + (alpha.value === "255" ? "" : Number(alpha.value).toString(16).padStart(2, "0"));
    for (const input of [pick, alpha]) {
        input.addEventListener("input", () => {
            exact.value = whole();
            changed(whole());
        });
    }
    exact.addEventListener("input", () => {
        const value = colourOf(exact.value);
        const isFine = exact.value.trim() === "" || value !== undefined;
        if (isFine) exact.removeAttribute("aria-invalid");
        else exact.setAttribute("aria-invalid", "true");
        if (isFine) changed(value ?? null);
    });
    exact.addEventListener("change", () => {
        if (!exact.hasAttribute("aria-invalid")) exact.value = exact.value.trim();
    });
    return {
        isGroup: false, el,
        show(value) {
            el.classList.toggle("is-unset", value === null);
            if (document.activeElement !== exact) {
                exact.value = value ?? "";
                exact.removeAttribute("aria-invalid");
            }
            pick.value = value?.slice(0, 7) ?? "#808080";
            alpha.value = String(Number.parseInt(value?.slice(7) || "ff", 16));
            alpha.setAttribute("aria-valuetext", `${Math.round(Number(alpha.value) / 2.55)} percent`);
        },
    };
}

function flag(option, { id, describedBy, changed }) {
    const input = make("input", { type: "checkbox", id, role: "switch", "aria-describedby": describedBy });
    const state = make("span.switch-state", { "aria-hidden": "true" });
    const say = () => setText(state, input.checked ? "On" : "Off");
    input.addEventListener("change", () => {
        say();
        changed(input.checked);
    });
    return { isGroup: false, el: make("label.switch", {}, input, state),
        show(value) { input.checked = Boolean(value); say(); } };
}

const fonts = ["Inter", "Nunito", "Montserrat", "Poppins", "Roboto", "Open Sans", "Segoe UI", "Arial", "Verdana",
    "Georgia", "Comic Sans MS", "Courier New", "Impact"];

function font(option, { id, describedBy, changed }) {
    const list = `fonts-${count += 1}`;
    const input = make("input", { type: "text", id, list, placeholder: "as the style has it", maxlength: "120",
        "aria-describedby": describedBy, autocomplete: "off", spellcheck: "false" });
    input.addEventListener("input", () => {
        const value = readOptions([option], new URLSearchParams({ [option.name]: input.value }))[option.name];
        changed(value ?? null);
    });
    return {
        isGroup: false,
        el: make("div", {}, input, make("datalist", { id: list }, ...fonts.map((value) => make("option", { value })))),
        show(value) { if (document.activeElement !== input) input.value = value ?? ""; },
    };
}

/** A list of words: separated by commas as one writes. */
function words(option, { id, describedBy, changed }) {
    const input = make("input", { type: "text", id, autocomplete: "off", spellcheck: "false",
        "aria-describedby": describedBy, placeholder: "none" });
    input.addEventListener("input", () => changed(readOptions([option],
        new URLSearchParams({ [option.name]: input.value }))[option.name]));
    return { isGroup: false, el: input,
        show(value) { if (document.activeElement !== input) input.value = value.join(", "); } };
}
