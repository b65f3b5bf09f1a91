// What a view of the dashboard is given: what is known, what happens, and how to speak.

/**
 * @typedef {object} Context
 * @property {() => import("/shared/guild.js").Guild|undefined} guild   the one that is shown; none before the snapshot
 * @property {() => import("/shared/guild.js").Guilds} guilds
 * @property {() => import("/shared/me.js").Me|null} me                  null until the server has answered
 * @property {() => object|null|undefined} ownGuild   the shown guild as /api/guilds tells it (canManage, isOwner);
 *   undefined until it has, null where the viewer is not known in it
 * @property {() => import("/shared/stream.js").StreamState} stream
 * @property {(handle: (envelope: import("/shared/stream.js").Envelope) => void) => void} onEvent
 *   each event of the shown guild, behind the state's change; for `snapshot` and `reset` too
 * @property {{get: (name: string) => string|null, getAll: (name: string) => string[], set: (name: string,
 *   value: string|null) => void}} query  the view's parameters in the address
 * @property {(view: string, parameters?: Record<string, string>) => void} go  to another view
 * @property {{message: () => void, happened: (text: string) => void, urgent: (text: string, now: number) => void}} say
 *   to those who listen; summed up, never a flood
 * @property {(key: string, label: string, run: () => void, isOn?: () => boolean) => void} addShortcut
 *   works while the view is shown, and `isOn`
 */

/** A list of functions that are told something. */
export function Listeners() {
    const all = new Set();
    return {
        add: (handle) => { all.add(handle); },
        tell: (value) => { for (const handle of all) handle(value); },
    };
}
