// Options of overlays as a table: read from an address, written to one. The builder draws its form from the same table,
// and a test holds specs/overlays.md against it.

/**
 * @typedef {object} Option
 * @property {string} name  of the parameter
 * @property {"choice"|"number"|"text"|"colour"|"list"|"flag"|"font"|"id"} kind
 * @property {*} usual  what counts where the address says nothing, or nonsense. null: the style decides
 * @property {string[]} [choices]  of a choice; of a list: all that it may hold
 * @property {number} [min] @property {number} [max] @property {number} [step]  of a number. `max` of a text: characters
 * @property {"id"|"text"|"place"} [of]  what a list holds, where there are no choices
 * @property {number} [most]  entries of a list
 * @property {"guild"|"voice-channel"|"text-channel"|"key"|"preset"} [picks]  what a form may offer to choose from
 * @property {string[]} [also]  other names of the parameter
 * @property {string} label @property {string} about @property {string} group
 *
 * @typedef {Record<string, any>} Values  choice, text, id, font, colour (#rrggbb or #rrggbbaa): a string; number: a
 *   number; flag: a boolean; list: an array of strings
 */

/** What the groups are called, in the order of a form. */
export const optionGroups = Object.freeze({
    content: "What it shows", layout: "Layout", look: "Look", motion: "Motion", source: "Source",
});

const listMost = 100;
const textMost = 200;
const idShape = /^[1-9]\d{0,19}$/;
const hexShape = /^#?([\da-f]{3,4}|[\da-f]{6}|[\da-f]{8})$/i;
const fontShape = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u;

/**
 * The value of each option. What an address leaves out or says wrongly has its usual value; a number outside its bounds
 * is brought within them.
 * @param {readonly Option[]} table @param {URLSearchParams} parameters
 * @returns {Values}
 */
export function readOptions(table, parameters) {
    return Object.fromEntries(table.map((option) => {
        const texts = [option.name, ...(option.also ?? [])].flatMap((name) => parameters.getAll(name));
        const value = texts.length > 0 ? readers[option.kind](option, texts) : undefined;
        return [option.name, value === undefined ? usualOf(option) : value];
    }));
}

/**
 * The query that says these values, without what is usual: "align=right&scale=1.5", or "".
 * @param {readonly Option[]} table @param {Values} values
 */
export function writeOptions(table, values) {
    const parts = [];
    for (const option of table) {
        const value = values[option.name];
        if (value === undefined || value === null || sameValue(value, usualOf(option))) continue;
        parts.push(`${option.name}=${readable(textOf(option, value))}`);
    }
    return parts.join("&");
}

/** The usual values of all options. */
export function usualValues(table) {
    return Object.fromEntries(table.map((option) => [option.name, usualOf(option)]));
}

export function sameValue(a, b) {
    return JSON.stringify(a) === JSON.stringify(b);
}

function usualOf({ usual }) {
    return Array.isArray(usual) ? [...usual] : usual;
}

/** Each gives undefined for nonsense. */
const readers = {
    choice: ({ choices }, [text]) => (choices.includes(text) ? text : undefined),
    number({ min, max, step = 0 }, [text]) {
        const value = text.trim() === "" ? NaN : Number(text);
        if (!Number.isFinite(value)) return undefined;
        const whole = step >= 1 && Number.isInteger(step) ? Math.floor(value) : value;
        return Math.min(max, Math.max(min, whole));
    },
    text: ({ max = textMost }, [text]) => [...plain(text)].slice(0, max).join(""),
    colour: (_, [text]) => colourOf(text),
    flag: (_, [text]) => ({ "": true, 1: true, true: true, yes: true, on: true, 0: false, false: false, no: false,
        off: false })[text.trim().toLowerCase()],
    font(_, [text]) {
        const names = text.split(",").map((name) => name.trim().replace(/^["']|["']$/g, "").trim());
        const good = names.filter((name) => fontShape.test(name)).slice(0, 4);
        return good.length > 0 ? good.join(", ") : undefined;
    },
    id: (_, [text]) => (idShape.test(text.trim()) ? text.trim() : undefined),
    list(option, texts) {
        const { choices, of = "text", most = listMost, max = textMost } = option;
        const entries = texts.flatMap((text) => text.split(separatorOf(option))).map((text) => plain(text).trim());
        const good = entries.filter((entry) => {
            if (choices) return choices.includes(entry);
            return of === "id" ? idShape.test(entry) : entry !== "" && entry.length <= max;
        });
        return [...new Set(good)].slice(0, most);
    },
};

/** Keys, words and ids never hold a comma; a place does. */
function separatorOf({ of }) {
    return of === "place" ? ";" : ",";
}

function textOf(option, value) {
    if (option.kind === "list") return [...value].join(separatorOf(option));
    if (option.kind === "flag") return value ? "1" : "0";
    if (option.kind === "colour") return String(colourOf(value) ?? "").slice(1);
    return String(value);
}

/** What needs no escaping within a query stays legible. */
function readable(text) {
    return encodeURIComponent(text).replace(/%(2C|3A|3B|2F|40)/g, (code) => decodeURIComponent(code))
        .replace(/%20/g, "+");
}

function plain(text) {
    return text.replace(/\p{Cc}/gu, " ");
}

/** "fc0", "#FFCC00", "ffcc0080" → "#ffcc00", "#ffcc0080"; undefined for what is no colour. */
export function colourOf(text) {
    const found = hexShape.exec(String(text).trim());
    if (!found) return undefined;
    const digits = found[1].toLowerCase();
    return `#${digits.length < 6 ? [...digits].map((digit) => digit + digit).join("") : digits}`;
}
