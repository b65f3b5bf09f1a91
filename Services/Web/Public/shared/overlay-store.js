// What an overlay remembers over a reload. Storage may be full, forbidden or absent; then it remembers nothing.

const prefix = "guildwire-overlay-";

export function remembered(name) {
    try {
        return JSON.parse(localStorage.getItem(prefix + name));
    } catch {
        return null;
    }
}

export function remember(name, value) {
    try {
        localStorage.setItem(prefix + name, JSON.stringify(value));
    } catch { /* so be it */ }
}
