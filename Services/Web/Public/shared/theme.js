// Light, dark, or as the system says. The choice is remembered in this browser.

const order = ["auto", "light", "dark"];

/** @returns {"auto"|"light"|"dark"} */
export function currentTheme() {
    return document.documentElement.dataset.theme ?? "auto";
}

/** The next of auto, light, dark, which is returned. */
export function nextTheme() {
    const theme = order[(order.indexOf(currentTheme()) + 1) % order.length];
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    try {
        if (theme === "auto") localStorage.removeItem("guildwire:theme");
        else localStorage.setItem("guildwire:theme", theme);
    } catch { /* private windows may refuse; the choice then lasts as long as the page */ }
    return theme;
}
