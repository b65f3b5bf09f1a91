// The guild's presets: overlays as somebody has set them up and kept them. Where there are none to be had, why.

import { APIProblem, at, call, get } from "/shared/api.js";

/** @typedef {{id: string, name: string, overlay: string, query: string, version: number, changed: number}} Preset */

const path = (guild, preset) => (preset
    ? at`/api/guilds/${guild}/presets/${preset}` : at`/api/guilds/${guild}/presets`);
const tag = ({ version }) => `"${version}"`;
const facts = ({ name, overlay, query }) => ({ name, overlay, query });

export const presetStore = Object.freeze({
    /** @returns {Promise<Preset[]>} by name */
    list: async (guild) => (await get(path(guild))).presets,
    /** @returns {Promise<Preset>} */
    read: async (guild, id) => get(path(guild, id)),
    /** @returns {Promise<Preset>} */
    make: async (guild, draft) => (await call("POST", path(guild), { body: facts(draft) })).value,
    /** Replaces the preset as it was known: 412 where somebody else was first. @returns {Promise<Preset>} */
    replace: async (guild, known, draft) =>
        (await call("PUT", path(guild, known.id), { body: facts(draft), match: tag(known) })).value,
    remove: async (guild, known) => { await call("DELETE", path(guild, known.id), { match: tag(known) }); },
});

/** Whether it is the answer of a server without a database. */
export function hasNoDatabase(problem) {
    return problem instanceof APIProblem && problem.status === 503 && /database|DATABASE_URL/i.test(problem.detail);
}

const settling = 3_000;                   // milliseconds in which the guilds of the viewer may still come

/**
 * What the viewer may do in the shown guild.
 * @param {import("../context.js").Context} context
 * @param {number} since  when the view was opened, by performance.now()
 * @returns {"manage"|"member"|"nobody"|"unknown"}
 */
export function rightsOf(context, since) {
    const me = context.me();
    const own = context.ownGuild();
    if (own) return own.canManage ? "manage" : "member";
    if (me && !me.user) return "nobody";
    return performance.now() - since < settling ? "unknown" : "member";
}
