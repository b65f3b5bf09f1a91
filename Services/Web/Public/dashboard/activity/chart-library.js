// Chart.js, from this server, loaded when the first chart is drawn. It is no part of Guildwire, and may be missing.

const address = "/libraries/chart.js";
let loading = null;

/** @returns {Promise<object|null>} Chart, or null where this server has none */
export function loadCharts() {
    loading ??= new Promise((done) => {
        const script = document.createElement("script");
        script.src = address;
        script.addEventListener("load", () => done(globalThis.Chart ?? null));
        script.addEventListener("error", () => {
            script.remove();
            loading = null;               // it may be there when it is asked for again
            done(null);
        });
        document.head.append(script);
    });
    return loading;
}
