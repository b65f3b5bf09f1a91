// An overlay in a frame of this page. It says when it listens (`guildwire:ready`), and is then told what to show.

import { make } from "/shared/dom.js";

const patience = 10_000;                  // milliseconds until an overlay that says nothing counts as failed

/** @returns {boolean} */
export function isCalm() {
    return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/**
 * @param {string} overlay @param {string} query @param {string} title
 * @param {{ready?: () => void, failed?: () => void, connection?: (phase: string) => void}} on
 */
export function OverlayFrame(overlay, query, title, on = {}) {
    const el = make("iframe.overlay-frame", { title, src: `/overlays/${overlay}?${query}` });
    let isReady = false;
    let isClosed = false;
    let told = query;
    let wanted = query;
    let pending = null;
    let watcher = null;
    const limit = setTimeout(() => { if (!isReady) on.failed?.(); }, patience);

    function heard({ source, origin, data }) {
        if (source !== el.contentWindow || origin !== location.origin || data?.type !== "guildwire:ready") return;
        isReady = true;
        clearTimeout(limit);
        watchConnection();
        tell();
        on.ready?.();
    }
    addEventListener("message", heard);

    function watchConnection() {
        const root = el.contentDocument?.documentElement;
        if (!root || !on.connection) return;
        watcher?.disconnect();
        watcher = new MutationObserver(() => on.connection(root.dataset.connection ?? ""));
        watcher.observe(root, { attributeFilter: ["data-connection"] });
        on.connection(root.dataset.connection ?? "");
    }

    function send(message) {
        if (isReady && !isClosed) el.contentWindow?.postMessage(message, location.origin);
    }

    function tell() {
        pending = null;
        if (wanted === told) return;
        told = wanted;
        send({ type: "guildwire:preview", query: wanted });
    }

    return {
        el,
        get isReady() { return isReady; },
        /** Shows other options, without a reload. A slider tells many in a second: each frame the last one counts. */
        apply(next) {
            wanted = next;
            if (isReady) pending ??= requestAnimationFrame(tell);
        },
        sample(kind) { send({ type: "guildwire:sample", kind }); },
        close() {
            isClosed = true;
            clearTimeout(limit);
            if (pending) cancelAnimationFrame(pending);
            watcher?.disconnect();
            removeEventListener("message", heard);
            el.remove();
        },
    };
}
