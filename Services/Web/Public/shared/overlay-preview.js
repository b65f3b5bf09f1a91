// An overlay within one of our own pages, the builder, is told by it what to show; any other page is not listened to.

/**
 * @param {string} overlay  its name
 * @param {{apply: (query: string) => void, sample: (kind: string) => void}} on
 */
export function listenToPreview(overlay, { apply, sample }) {
    if (window.parent === window) return;
    window.addEventListener("message", ({ origin, source, data }) => {
        if (origin !== location.origin || source !== window.parent || typeof data !== "object" || !data) return;
        if (data.type === "guildwire:preview" && typeof data.query === "string") apply(data.query);
        if (data.type === "guildwire:sample" && typeof data.kind === "string") sample(data.kind);
    });
    window.parent.postMessage({ type: "guildwire:ready", overlay }, location.origin);
}
