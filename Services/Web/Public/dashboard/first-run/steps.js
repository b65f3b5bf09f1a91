// The steps of the first run: what the page says of each, beside what the server finds. Nothing here touches the page.

/**
 * @typedef {{id: string, state: "done"|"todo"|"problem"|"unknown", title: string, detail: string|null,
 *   advice: string|null}} Step
 */

/** Where applications are made. It is followed, never loaded. */
export const portal = "https://discord.com/developers/applications";

/** In the order in which a person does them. `how`: lines of what to do; `link`: what is shown with it. */
const guide = [
    { id: "application", title: "Create the application", link: "portal", how: [
        "Open Discord's developer portal and press New Application. Its name is what your community sees.",
        "Under Installation, keep “Guild Install”."] },
    { id: "token", title: "Give the gateway the bot's token", link: "portal", how: [
        "In the portal, under Bot, press Reset Token and copy what is shown. It is shown once.",
        "Set it as DISCORD_BOT_TOKEN of the gateway, or better the path of a file that holds it as "
        + "DISCORD_BOT_TOKEN_FILE, and start the gateway.",
        "Who has the token is the bot: keep it out of chats and repositories."] },
    { id: "intents", title: "Switch on the privileged intents", link: "portal", how: [
        "In the portal, under Bot, switch on Presence Intent, Server Members Intent and Message Content Intent.",
        "Without them Discord does not tell who is online, who comes and goes, and what is written."] },
    { id: "guild", title: "Invite the bot", link: "invite", how: [
        "Open the link, choose your guild, and leave the permissions ticked. You need Manage Server there.",
        "The bot appears in the list of members, and this page goes on by itself."] },
    { id: "role", title: "Put its role in its place", how: [
        "In Server Settings → Roles, move the bot's role above those that it shall give or take.",
        "For private channels, allow its role View Channel there. Settings → Bot's permissions says what it lacks."] },
];

const server = ["gateway", "redis", "database", "analytics", "login", "address"];

/**
 * @param {{application: object|null, invite: string|null, steps: Step[]}} setup
 * @returns {{steps: object[], current: string|null, server: Step[], done: number, hasGuild: boolean}}
 */
export function plan({ application, steps }) {
    const told = new Map(steps.map((step) => [step.id, step]));
    const state = (id) => told.get(id)?.state ?? "unknown";
    const applicationDone = application !== null || state("token") === "done";
    const found = {
        application: { state: applicationDone ? "done" : "todo",
            detail: application ? `It is “${application.name || application.id}”.` : null, advice: null },
        role: { state: state("guild") === "done" ? "todo" : "unknown", detail: null, advice: null },
    };
    const own = guide.map((step) => ({ ...step, ...(found[step.id] ?? pick(told.get(step.id))) }));
    const checked = own.filter(({ id }) => id !== "role");
    return {
        steps: own,
        current: own.find(({ state }) => state !== "done")?.id ?? null,
        server: server.map((id) => told.get(id)).filter(Boolean),
        done: checked.filter((step) => step.state === "done").length,
        of: checked.length,
        hasGuild: state("guild") === "done",
    };
}

function pick(step) {
    const { state = "unknown", detail = null, advice = null } = step ?? {};
    return { state, detail, advice };
}

export const stateWords = { done: "Done", todo: "To do", problem: "Needs you", unknown: "Later" };
export const stateTones = { done: "good", todo: "wait", problem: "bad", unknown: "none" };

/** Only Discord's own pages are followed from here, whatever the answer says. */
export function safeInvite(address) {
    try {
        const { protocol, pathname } = new URL(address);
        return (protocol === "https:" || protocol === "http:") && pathname.endsWith("/authorize") ? address : null;
    } catch {
        return null;
    }
}
