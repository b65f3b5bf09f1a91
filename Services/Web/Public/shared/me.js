// Who looks at this page, as the server knows them.

import { all, call, get } from "./api.js";

/**
 * @typedef {object} Me
 * @property {"login"|"open"} access  open: a demo that shows anyone what @everyone sees
 * @property {boolean} canLogIn       whether Discord's login is set up at the server
 * @property {{id: string, name: string, avatar: string|null}|null} user
 * @property {{id: string, began: number, expires: number}|null} session
 * @property {boolean} isInstanceOwner
 */

/** @returns {Promise<Me>} */
export function whoAmI() {
    return get("/api/me");
}

/** The guilds that one shares with the bot. */
export function ownGuilds() {
    return all("/api/guilds", "guilds");
}

/** Where the login begins; it comes back to where it was asked for. */
export function loginAddress(here = location.pathname + location.search) {
    return `/auth/login?${new URLSearchParams({ return: here })}`;
}

/** Ends this session, or all of this person's. */
export async function logOut(everywhere = false) {
    await call("POST", "/api/logout", { body: { everywhere } });
}
