// Keys made for overlays: which are used, and an end to those that are not needed.

import { at, call, explain, get } from "/shared/api.js";
import { confirm } from "/shared/dialog.js";
import { make } from "/shared/dom.js";
import { fullTime, relative } from "/shared/format.js";
import { failure, skeleton, stateCard } from "/shared/states.js";
import { tell } from "/shared/tell.js";

/** @param {HTMLElement} el @param {{guild: () => string|null, revoked: (id: string) => void}} how */
export function OverlayKeys(el, { guild, revoked }) {
    const list = make("div.key-list");
    const all = make("a.quiet-link", {}, "All keys, and what each may see");
    el.append(list, all);

    async function load() {
        const of = guild();
        all.href = `/guilds/${of}/keys`;
        list.setAttribute("aria-busy", "true");
        if (list.children.length === 0) list.replaceChildren(skeleton(2));
        try {
            const { keys } = await get(at`/api/guilds/${of}/keys`);
            if (of === guild()) draw(keys);
        } catch (problem) {
            if (of === guild()) list.replaceChildren(failure(problem, load));
        } finally {
            list.removeAttribute("aria-busy");
        }
    }

    function draw(keys) {
        const now = Date.now();
        const active = keys.filter((key) => key.kind === "overlay" && key.expires > now
            && (!key.revoked || key.revoked > now)).sort((a, b) => b.created - a.created);
        list.replaceChildren(active.length === 0
            ? stateCard("key", "No overlay has a key yet", "Make one above: each overlay its own, so that you can end "
                + "one without the others.")
            : make("ul.preset-list", { "aria-label": "Keys of overlays" }, ...active.map((key) => row(key, now))));
    }

    function row(key, now) {
        const end = make("button.button.is-small.is-danger", { type: "button", "aria-label": `Revoke ${key.name}` },
            "Revoke");
        end.addEventListener("click", () => confirm({ title: `Revoke “${key.name}”?`, action: "Revoke",
            text: "Overlays that use it stop within a second and stay empty. This cannot be taken back." },
        async () => {
            await call("DELETE", at`/api/guilds/${guild()}/keys/${key.id}`);
            revoked(key.id);
            tell(`“${key.name}” was revoked`);
            await load();
        }, explain));
        const used = key.lastUsed ? ["last used ", when(key.lastUsed, now)] : ["never used"];
        return make("li.preset", { "data-key-id": key.id },
            make("div.preset-words", {}, make("strong.preset-name", { dir: "auto" }, key.name),
                make("span.preset-facts", {}, ...used, " · ends ", when(key.revoked ?? key.expires, now))),
            make("div.preset-actions", {}, end));
    }

    return { load };
}

function when(ts, now) {
    return make("time", { datetime: new Date(ts).toISOString(), title: fullTime(ts) }, relative(ts, now));
}
