// What an overlay keeps to that is not in its address: the guild's rules (bad words, milestones) and a preset.
// Asked for at the start, whenever an event says that they changed, and now and then; what was read last counts
// while nobody answers.

import { at, send } from "./api.js";
import { EVENT_NAMES } from "./events.js";
import { remember, remembered } from "./overlay-store.js";

/** @typedef {{badWords: string[], milestones: number[], timeZone?: string}} Rules */

/** Where the server tells of changes, asking is a mere precaution, and a key's calls are counted by the day. */
export const askEvery = EVENT_NAMES.includes("overlay.updated") ? 600_000 : 60_000;
const changedDelay = 500;           // the server that is asked may hear of the change a little later
const changedSpread = 1_500;        // not all overlays of all streams ask in the same moment
const failedDelay = 10_000;
const confirmDelay = 10_000;        // ... or much later: what was read may have been of before it
const awayDelay = 60_000;           // a part of the server is away, or was never there

/** @type {Rules} */
export const noRules = Object.freeze({ badWords: [], milestones: [] });

/**
 * @param {{guild: string, keys: string[], preset: string, wantsRules: boolean}} source
 * @param {(told: {rules: Rules|null, preset: {query: string}|null, presetStatus: number}) => void} changed
 */
export function RuleBook({ guild, keys, preset, wantsRules }, changed) {
    const answers = new Map();      // address → {etag, key}
    const name = `rules-${guild}`;
    // Those of last time count until the server has answered: it may be away, and its words are there for a reason.
    let told = { rules: wantsRules ? remembered(name) : noRules, preset: null, presetStatus: 0 };
    let timer = null;
    let asking = false;
    let again = false;              // something changed while an answer was on its way
    let unsure = false;             // the next answer may still be of before a change
    let closed = false;

    async function ask() {
        if (closed) return;
        if (asking) {
            again = true;
            return;
        }
        asking = true;
        clearTimeout(timer);
        const found = { ...told };
        const states = [];
        if (wantsRules) {
            const { status, value } = await read(at`/api/guilds/${guild}/overlay-rules`);
            states.push(status);
            if (status === 200) remember(name, found.rules = rulesFrom(value));
            // Who is told nothing for the moment does not know yet, and shows nothing.
            else if ([401, 403, 404, 503].includes(status)) found.rules ??= noRules;
        }
        if (preset) {
            const { status, value } = await read(at`/api/guilds/${guild}/presets/${preset}`);
            states.push(status);
            found.presetStatus = status;
            if (status === 200) found.preset = { query: String(value?.query ?? ""), overlay: value?.overlay };
        }
        asking = false;
        if (closed) return;
        const isSame = JSON.stringify(found) === JSON.stringify(told) && found.rules !== null;
        told = found;
        if (!isSame) changed(told);
        if (again) {
            again = false;
            return askSoon();
        }
        const failed = states.some((status) => status === 0 || status === 429 || (status >= 500 && status !== 503));
        const isUnsure = unsure;
        unsure = false;
        const rest = failed ? failedDelay : states.includes(503) ? Math.min(awayDelay, askEvery)
            : isUnsure ? confirmDelay : askEvery;
        timer = setTimeout(ask, rest * (1 + Math.random() / 4));
    }

    function askSoon() {
        unsure = true;
        clearTimeout(timer);
        timer = setTimeout(ask, changedDelay + Math.random() * changedSpread);
    }

    /** With the first key that may; with none, the session's cookie says who asks. */
    async function read(path) {
        const before = answers.get(path);
        let last = { status: 0 };
        for (const key of before ? [before.key] : keys.length > 0 ? keys : [null]) {
            const headers = { accept: "application/json" };
            if (key) headers.authorization = `Bearer ${key}`;
            if (before?.etag) headers["if-none-match"] = before.etag;
            try {
                const answer = await send(path, { headers });
                last = { status: answer.status, value: answer.status === 200 ? await answer.json() : null };
                if (last.status === 200) answers.set(path, { etag: answer.headers.get("etag"), key });
            } catch {
                last = { status: 0 };
            }
            if (![401, 403, 404].includes(last.status)) break;
        }
        if ([401, 403, 404].includes(last.status)) answers.delete(path);
        return last;
    }

    changed(told);
    ask();

    return {
        /** Something has changed at the server. */
        askSoon,
        close() {
            closed = true;
            clearTimeout(timer);
        },
    };
}

/** What the server says, held to its form: words and numbers. */
export function rulesFrom(value) {
    const words = Array.isArray(value?.badWords) ? value.badWords.filter((word) => typeof word === "string") : [];
    const numbers = Array.isArray(value?.milestones) ? value.milestones.filter(Number.isInteger) : [];
    return { badWords: words, milestones: numbers };
}

/** What an address says, on top of what a preset does. Where the picture comes from the address alone says. */
export function withPreset(parameters, query) {
    const merged = new URLSearchParams(query);
    for (const name of ["guild", "key", "preset", "sample"]) merged.delete(name);
    for (const name of new Set(parameters.keys())) {
        merged.delete(name);
        for (const value of parameters.getAll(name)) merged.append(name, value);
    }
    return merged;
}
