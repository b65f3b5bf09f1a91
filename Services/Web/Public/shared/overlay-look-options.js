// Options that all overlays have: where the picture comes from, and how it looks. What each style makes of the colours
// is in overlay-styles.css.

/** @typedef {import("./overlay-options.js").Option} Option */

export const styleNames = Object.freeze(["plate", "glass", "outline", "minimal", "neon", "paper", "ribbon"]);
export const languageNames = Object.freeze(["en", "de", "fr", "es"]);

/** @type {readonly Option[]} */
export const sourceOptions = Object.freeze([
    { name: "guild", kind: "id", usual: null, picks: "guild", group: "source", label: "Guild",
        about: "Guild id; without it the first one that the viewer may see" },
    { name: "key", kind: "list", of: "text", usual: [], most: 8, max: 4096, picks: "key", group: "source",
        label: "Access key", about: "Access key, may repeat" },
    { name: "preset", kind: "text", usual: "", max: 64, picks: "preset", group: "source", label: "Preset",
        about: "Id of a stored set of options of this guild; what the address says itself counts more" },
    { name: "sample", kind: "choice", usual: "0", choices: ["0", "1", "still"], group: "source", label: "Sample",
        about: "`1`: made-up people who come and go, without a stream; `still`: the same people, who stay."
            + " Channels of their own stand for those that are chosen" },
]);

/** @type {readonly Option[]} */
export const lookOptions = Object.freeze([
    { name: "style", kind: "choice", usual: "plate", choices: [...styleNames], group: "look", label: "Style",
        about: "A look as a whole; what stands below changes parts of it" },
    { name: "scale", kind: "number", usual: 1, min: 0.5, max: 4, step: 0.05, group: "look", label: "Size",
        about: "Of everything; at 1 a name is 20 pixels high and a face 48 wide" },
    { name: "font", kind: "font", usual: null, group: "look", label: "Font",
        about: "Names of fonts that are installed where the overlay is shown, at most 4, comma-separated" },
    { name: "weight", kind: "number", usual: null, min: 100, max: 900, step: 100, group: "look", label: "Weight",
        about: "Of the letters: 400 is regular, 700 bold" },
    { name: "text", kind: "colour", usual: null, group: "look", label: "Text",
        about: "Colour of the text. Colours are `rrggbb`, or `rrggbbaa` with their opacity" },
    { name: "accent", kind: "colour", usual: null, group: "look", label: "Accent",
        about: "Colour of bars, marks and confetti" },
    { name: "plate", kind: "colour", usual: null, group: "look", label: "Plate",
        about: "Colour of what lies behind the text" },
    { name: "opacity", kind: "number", usual: null, min: 0, max: 100, step: 1,
        group: "look", label: "Plate's opacity",
        about: "In percent; 0 takes the plate away" },
    { name: "radius", kind: "number", usual: null, min: 0, max: 40, step: 1, group: "look", label: "Corners",
        about: "Radius of corners in pixels; 40 makes pills" },
    { name: "shadow", kind: "choice", usual: "style",
        choices: ["style", "none", "soft", "hard", "glow"], group: "look",
        label: "Shadow", about: "Of the text; `style`: as the style has it" },
    { name: "outline", kind: "number", usual: null, min: 0, max: 6, step: 0.5, group: "look", label: "Outline",
        about: "Width of the line around letters, in pixels" },
    { name: "outlinecolour", kind: "colour", usual: null, also: ["outlinecolor"], group: "look",
        label: "Outline's colour", about: "Of that line" },
    { name: "motion", kind: "choice", usual: "full",
        choices: ["full", "calm", "none"], group: "motion", label: "Motion",
        about: "`calm`: only fading; `none`: nothing moves, as where the system asks for reduced motion" },
    { name: "lang", kind: "choice", usual: "en", choices: [...languageNames], group: "content", label: "Language",
        about: "Of the overlay's own words and numbers" },
]);

/** Where within its frame the picture stands. */
export const placeOptions = Object.freeze([
    { name: "align", kind: "choice", usual: "left", choices: ["left", "center", "right"], group: "layout",
        label: "Side", about: "Where it stands from left to right" },
    { name: "valign", kind: "choice", usual: "top", choices: ["top", "middle", "bottom"], group: "layout",
        label: "Height", about: "Where it stands from top to bottom" },
]);

/** The whole table of an overlay, in the order of a form. @param {readonly Option[]} own */
export function overlayOptions(own) {
    return Object.freeze([...own, ...lookOptions, ...sourceOptions]);
}

/** The same options with other usual values. @param {readonly Option[]} options @param {Record<string, any>} usual */
export function withUsual(options, usual) {
    return options.map((option) => (option.name in usual ? { ...option, usual: usual[option.name] } : option));
}
