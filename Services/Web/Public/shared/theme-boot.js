// Runs before the first paint, so that a remembered choice of light or dark does not flash; hence no module.
try {
    const theme = localStorage.getItem("guildwire:theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch { /* no storage, no choice to remember */ }
