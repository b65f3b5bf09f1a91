// The fields of the settings form: each shows one setting, says what is wrong with it, and gives it back.

import { make } from "/shared/dom.js";
import { ChannelPicker } from "./pickers.js";

const wordsMax = 200, wordMax = 40, milestonesMax = 50, daysMax = 365;

/**
 * @typedef {object} Field
 * @property {HTMLElement} el
 * @property {() => object} value      the setting by its name
 * @property {() => string} lack       what is wrong with it, "" where nothing is
 * @property {() => void} showLack @property {() => boolean} isChanged @property {() => void} focus
 */

/** @param {object} settings @param {object[]|null} channels @returns {Field[]} */
export function settingsFields(settings, channels) {
    return [
        channelsField(settings, channels),
        historyField(settings),
        retentionField(settings),
        wordsField(settings),
        zoneField(settings),
        milestonesField(settings),
    ];
}

/** What all fields have: label, hint, a place for what is wrong, and whether anything was changed. */
function field(name, label, hint, inputs, { read, lack = () => "" }) {
    const trouble = make("span.field-problem", { id: `${name}-problem`, role: "alert" });
    const control = inputs.matches?.("input, textarea, select") ? inputs
        : inputs.querySelector("input, textarea, select");
    if (control === inputs) {
        inputs.id = `setting-${name}`;
        inputs.setAttribute("aria-describedby", `${name}-hint ${name}-problem`);
    }
    const title = control === inputs ? make("label.field-label", { for: `setting-${name}` }, label)
        : make("span.field-label", {}, label);
    const el = make("div.field.setting.card", { "data-setting": name },
        title, make("span.field-hint", { id: `${name}-hint` }, hint), inputs, trouble);
    const before = JSON.stringify(read());
    return {
        el, lack,
        value: () => ({ [name]: read() }),
        isChanged: () => JSON.stringify(read()) !== before,
        focus: () => control?.focus(),
        showLack() {
            trouble.textContent = lack();
            control?.setAttribute("aria-invalid", String(lack() !== ""));
        },
    };
}

function channelsField({ trackedChannels }, channels) {
    const picker = ChannelPicker(channels, { chosen: trackedChannels, label: "Which channels",
        all: "All channels, now and later", max: 500 });
    return field("trackedChannels", "Tracked channels",
        "History and statistics are made of these. Live events do not depend on it.",
        picker.el, { read: () => picker.value() ?? [], lack: () => (picker.value() === null
            ? "Choose at least one channel, or all of them." : "") });
}

function historyField({ history }) {
    const input = make("input", { type: "checkbox" });
    input.checked = history;
    const choice = make("label.choice", {}, input, "Keep a history of this guild");
    return field("history", "History",
        "Off: nothing new is stored. What is stored already stays until its time is over.",
        choice, { read: () => input.checked });
}

function retentionField({ retentionDays }) {
    const input = make("input.is-short", { type: "number", min: "1", max: String(daysMax), inputmode: "numeric" });
    input.value = retentionDays ?? "";
    const read = () => (input.value === "" ? null : Number(input.value));
    const lack = () => {
        const days = read();
        if (days === null) return "";
        return Number.isInteger(days) && days >= 1 && days <= daysMax ? "" : `A whole number of days, 1 to ${daysMax}.`;
    };
    return field("retentionDays", "Days to keep",
        "Older history is deleted. Empty: as long as this server keeps it for everybody.", input, { read, lack });
}

function wordsField({ badWords }) {
    const area = make("textarea", { rows: "4", spellcheck: "false", dir: "auto" });
    area.value = badWords.join("\n");
    const read = () => [...new Set(area.value.split("\n").map((word) => word.trim()).filter(Boolean))];
    const lack = () => {
        if (read().length > wordsMax) return `At most ${wordsMax} words.`;
        return read().some((word) => [...word].length > wordMax) ? `A word has at most ${wordMax} letters.` : "";
    };
    return field("badWords", "Bad words", "One on each line, for overlays that show messages.", area,
        { read, lack });
}

function zoneField({ timeZone }) {
    const input = make("select.input");
    const zones = new Set(["UTC", timeZone, ...(Intl.supportedValuesOf?.("timeZone") ?? [])]);
    input.append(...[...zones].map((zone) => make("option", { value: zone }, zone.replaceAll("_", " "))));
    input.value = timeZone;
    return field("timeZone", "Time zone", "Where a day of this guild begins and ends.", input,
        { read: () => input.value });
}

function milestonesField({ milestones }) {
    const input = make("input", { type: "text", inputmode: "numeric", autocomplete: "off",
        placeholder: "100, 500, 1000" });
    input.value = milestones.join(", ");
    const read = () => input.value.split(/[\s,;]+/).filter(Boolean).map((text) => (/^\d+$/.test(text) ? Number(text)
        : text));
    const lack = () => {
        const all = read();
        if (all.some((one) => !Number.isSafeInteger(one)
            || one < 1)) return "Whole numbers of members, with commas between them.";
        return all.length > milestonesMax ? `At most ${milestonesMax} milestones.` : "";
    };
    return field("milestones", "Milestones", "Numbers of members that are celebrated. Empty: none.", input,
        { read: () => (lack() === "" ? [...new Set(read())].sort((a, b) => a - b) : read()), lack });
}
