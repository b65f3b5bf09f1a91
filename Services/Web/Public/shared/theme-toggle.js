// The button that changes between light, dark, and as the system says.

import { icon, make } from "./dom.js";
import { currentTheme, nextTheme } from "./theme.js";

const names = { auto: "as the system says", light: "light", dark: "dark" };
const pictures = { auto: "auto", light: "sun", dark: "moon" };

/** Round with a picture, or in words as an entry of a menu. @param {"theme-toggle"|"menu-entry"} [look] */
export function ThemeToggle(look = "theme-toggle") {
    const button = make(`button.${look}`, { type: "button" });
    const show = () => {
        const words = look === "menu-entry" ? [`Colours: ${names[currentTheme()]}`] : [];
        button.replaceChildren(icon(pictures[currentTheme()]), ...words);
        button.setAttribute("aria-label", `Colours: ${names[currentTheme()]}`);
        button.title = `Colours: ${names[currentTheme()]}`;
    };
    button.addEventListener("click", () => nextTheme());
    // Another one may have been used.
    new MutationObserver(show).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    show();
    return button;
}
