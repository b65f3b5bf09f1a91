// Options of the look onto an element: attributes for styles, variables for values. Only what the address says
// itself is set, so that a theme's own variables count where it says nothing.

const fallbackFont = "Inter, \"Segoe UI\", Roboto, \"Noto Sans\", system-ui, sans-serif";

/** The variables that an address sets; null takes one away. @param {import("./overlay-options.js").Values} values */
export function lookVariables(values) {
    const plate = values.plate ? channelsOf(values.plate) : null;
    const opacity = values.opacity ?? (plate && plate.alpha < 1 ? Math.round(plate.alpha * 100) : null);
    const pixels = (value) => (value === null || value === undefined ? null : `${value}px`);
    const fonts = values.font?.split(", ").map((name) => `"${name}"`);
    return {
        "--overlay-scale": values.scale === 1 ? null : String(values.scale),
        "--overlay-font": fonts ? `${fonts.join(", ")}, ${fallbackFont}` : null,
        "--overlay-weight": values.weight === null ? null : String(values.weight),
        "--overlay-text": values.text,
        "--overlay-quiet": values.text && `rgb(${channelsOf(values.text).text} / 74%)`,
        "--overlay-accent": values.accent,
        "--overlay-glow": values.accent && `rgb(${channelsOf(values.accent).text} / 55%)`,
        "--overlay-plate-colour": plate ? plate.text : null,
        "--overlay-plate-opacity": opacity === null ? null : `${opacity}%`,
        "--overlay-radius": pixels(values.radius),
        "--overlay-outline": pixels(values.outline),
        "--overlay-outline-colour": values.outlinecolour,
    };
}

/** "#ff8000cc" → the three numbers that rgb() takes, and the opacity from 0 to 1. */
export function channelsOf(colour) {
    const numbers = colour.slice(1).match(/../g).map((pair) => Number.parseInt(pair, 16));
    return { text: numbers.slice(0, 3).join(" "), alpha: (numbers[3] ?? 255) / 255 };
}

/** @param {HTMLElement} element @param {import("./overlay-options.js").Values} values */
export function applyLook(element, values) {
    for (const [name, value] of Object.entries(lookVariables(values))) {
        if (value === null || value === undefined) element.style.removeProperty(name);
        else element.style.setProperty(name, value);
    }
    element.dataset.style = values.style;
    element.dataset.motion = values.motion;
    element.dataset.shadow = values.shadow;
    const isOutlined = values.outline > 0;
    element.dataset.outlined = values.outline === null && values.style === "outline" ? "style" : String(isOutlined);
}
