// The tokens as colours that a canvas understands, and word when they change: light, dark, or more contrast.

const probe = document.createElement("i");
probe.hidden = true;

/** What var(--name) is now. */
export function tokenColour(name) {
    if (!probe.isConnected) document.body.append(probe);
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
}

/** The text of a token that is no colour. */
export function token(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Calls when the page is painted in other colours than before. @param {() => void} changed */
export function onTheme(changed) {
    new MutationObserver(changed).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    for (const query of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)"]) {
        matchMedia(query).addEventListener("change", changed);
    }
}
