// The only way of pages to the API: JSON there and back, and problem documents (RFC 9457) made into words for people.

const patience = 20_000;            // milliseconds; a server that takes longer is as good as away
const pagesMax = 20;                // of one list: 20 times 100 entries

/** Why a call was not answered as it was meant. `status` 0: no answer came. */
export class APIProblem extends Error {
    /** @param {{status: number, detail?: string, retryAfter?: number|null}} facts  `retryAfter` in seconds */
    constructor({ status, detail = "", retryAfter = null }) {
        super(detail || `status ${status}`);
        Object.assign(this, { status, detail, retryAfter });
    }
}

/** An address whose values are encoded: at`/api/guilds/${guild}`. */
export function at(parts, ...values) {
    return String.raw({ raw: parts }, ...values.map((value) => encodeURIComponent(value)));
}

/**
 * Calls the API with the session's cookie.
 * @param {string} method @param {string} path
 * @param {{body?: object, match?: string}} [options]  `match`: the ETag that a change is made against
 * @returns {Promise<{status: number, value: any, etag: string|null}>} throws an APIProblem
 */
export async function call(method, path, { body, match } = {}) {
    const headers = { accept: "application/json" };
    if (body !== undefined) headers["content-type"] = "application/json";
    if (match) headers["if-match"] = match;
    const answer = await send(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    const value = await jsonOf(answer);
    if (answer.ok) return { status: answer.status, value, etag: answer.headers.get("etag") };
    throw new APIProblem({
        status: answer.status,
        detail: typeof value?.detail === "string" ? value.detail : "",
        retryAfter: Number.parseInt(answer.headers.get("retry-after") ?? "", 10) || null,
    });
}

/** The value that a GET answers. */
export async function get(path) {
    return (await call("GET", path)).value;
}

/** All entries of a paged list, at most 2,000. */
export async function all(path, name) {
    const found = [];
    let cursor = null;
    for (let page = 0; page < pagesMax; page += 1) {
        const query = new URLSearchParams({ limit: "100", ...(cursor ? { cursor } : {}) });
        const value = await get(`${path}?${query}`);
        found.push(...value[name]);
        cursor = value.next;
        if (!cursor) break;
    }
    return found;
}

/**
 * Any request to this server, as it stands: for trying calls.
 * @returns {Promise<Response>} throws an APIProblem where no answer came
 */
export async function send(path, init) {
    const abort = new AbortController();
    const limit = setTimeout(() => abort.abort(), patience);
    try {
        return await fetch(path, { redirect: "manual", cache: "no-store", signal: abort.signal, ...init });
    } catch {
        throw new APIProblem({ status: 0 });
    } finally {
        clearTimeout(limit);
    }
}

async function jsonOf(answer) {
    try {
        const text = await answer.text();
        return text === "" ? null : JSON.parse(text);
    } catch {
        return null;                // a proxy's page, say: the status tells enough
    }
}

/**
 * A problem in words, and what to do about it.
 * @param {APIProblem} problem
 * @returns {{title: string, text: string}}
 */
export function explain(problem) {
    const { status = 0, detail = "", retryAfter = null } = problem;
    const later = retryAfter ? `Try again in ${retryAfter} s.` : "Try again in a moment.";
    const known = {
        0: ["The server cannot be reached", "Check the network, then try again."],
        401: ["You are not logged in any more", "Log in again to go on."],
        403: ["This is not yours to see", ""],
        404: ["Nothing is here", ""],
        409: ["It has changed meanwhile", ""],
        410: ["That is no longer kept", ""],
        412: ["Somebody else changed this meanwhile", ""],
        428: ["It has changed meanwhile", ""],
        429: ["Too many requests", later],
        503: ["Not available now", later],
    }[status];
    if (known) {
        const [title, advice] = known;
        const words = status === 429 && !detail ? "" : detail;
        return { title, text: [words, words.includes("again") ? "" : advice].filter(Boolean).join(" ") };
    }
    if (status >= 500) return { title: `The server failed (${status})`, text: detail
        || "Try again; its log says why." };
    return { title: "That did not work", text: detail || `The server answered ${status}.` };
}
