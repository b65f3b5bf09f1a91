// The guild's keys: for overlays and for programs. A token is shown when it is made, and never again.

import { at, call, explain, get } from "/shared/api.js";
import { confirm } from "/shared/dialog.js";
import { icon, make } from "/shared/dom.js";
import { fill, stateCard } from "/shared/states.js";
import { tell } from "/shared/tell.js";
import { makeKeyDialog } from "./key-form.js";
import { keyCard, stateOf } from "./key-card.js";
import { rotateDialog } from "./key-token.js";

const kinds = {
    overlay: {
        title: "Overlay keys", make: "New overlay key",
        lead: "For browser sources in OBS. They stand in the overlay's address and can follow events, nothing else.",
        nothing: ["No overlay key yet", "Make one, and paste its address into a browser source."],
    },
    api: {
        title: "API keys", make: "New API key",
        lead: "For programs, within a quota for each minute and day. Show one as Authorization: Bearer.",
        nothing: ["No API key yet", "Make one for each program, so that you can end it by itself."],
    },
};

/** @param {HTMLElement} el @param {{guild: {id: string, name: string}, me: import("/shared/me.js").Me}} facts */
export function KeysView(el, { guild, me }) {
    const channels = get(at`/api/guilds/${guild.id}/channels`).then((answer) => answer.channels).catch(() => null);

    const again = () => fill(el, async () => {
        const [{ keys }, known] = await Promise.all([get(at`/api/guilds/${guild.id}/keys`), channels]);
        return { keys, known };
    }, ({ keys, known }) => Object.keys(kinds).map((kind) => section(kind, keys.filter((key) => key.kind === kind),
        known)), 4);

    function section(kind, keys, known) {
        const { title, lead, nothing } = kinds[kind];
        const id = `${kind}-title`;
        const add = make("button.button.is-main", { type: "button", "data-make": kind }, icon("plus"),
            kinds[kind].make);
        add.addEventListener("click", () => makeKeyDialog({ guild, kind, channels: known, made: again }));
        const now = Date.now();
        const active = keys.filter((key) => stateOf(key, now).isActive).sort((a, b) => b.created - a.created);
        const ended = keys.filter((key) => !stateOf(key, now).isActive).sort((a, b) => b.created - a.created);
        const card = (key) => keyCard(key, { guild, me, channels: known, now, actions: actions(key) });
        const list = active.length > 0 ? make("ul.stack", {}, ...active.map(card)) : stateCard("key", ...nothing);
        const past = ended.length > 0
            ? [make("details.ended-keys", {}, make("summary", {}, `Ended keys (${ended.length})`),
                make("ul.stack", {}, ...ended.map(card)))] : [];
        return make("section.section", { "aria-labelledby": id, "data-kind": kind },
            make("header.section-head", {}, make("h2.section-title", { id }, title), add,
                make("p.section-lead", {}, lead)),
            list, ...past);
    }

    function actions(key) {
        if (!stateOf(key, Date.now()).isActive) return [];
        const rotate = make("button.button.is-small", { type: "button", "aria-label": `Rotate ${key.name}` }, "Rotate");
        const revoke = make("button.button.is-small.is-danger",
            { type: "button", "aria-label": `Revoke ${key.name}` }, "Revoke");
        rotate.addEventListener("click", () => rotateDialog({ guild, key, made: again }));
        revoke.addEventListener("click", () => confirm({
            title: `Revoke “${key.name}”?`,
            text: key.kind === "overlay"
                ? "Overlays that use it stop within a second and stay empty. This cannot be taken back."
                : "Programs that use it are refused from now on. This cannot be taken back.",
            action: "Revoke",
        }, async () => {
            await call("DELETE", at`/api/guilds/${guild.id}/keys/${key.id}`);
            tell(`“${key.name}” was revoked`);
            await again();
        }, explain));
        return [rotate, revoke];
    }

    return again();
}
