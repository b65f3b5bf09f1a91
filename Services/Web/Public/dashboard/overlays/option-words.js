// Words for what options are called in addresses. Pure.

const known = {
    style: "As the style", last: "Last", channel: "Channels", voice: "In voice", en: "English",
    "top-left": "Top left",
};

/** "mask" → "Mask" */
export function wordsOfChoice(value) {
    return known[value] ?? value.charAt(0).toUpperCase() + value.slice(1);
}

const languages = { en: "English", de: "Deutsch", fr: "Français", es: "Español" };

export function languageName(code) {
    return languages[code] ?? code;
}

export const sampleWords = Object.freeze({
    message: "Message", member: "Join", milestone: "Milestone", voice: "Voice",
});

/** "`mask`: shown as dots" → [["mask", true], [": shown as dots", false]]: what is code and what is not. */
export function piecesOf(about) {
    return about.split("`").map((text, index) => [text, index % 2 === 1]).filter(([text]) => text !== "");
}
