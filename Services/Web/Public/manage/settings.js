// The guild's settings. A change is made against the state that was loaded, so that what somebody else changed
// meanwhile is not lost.

import { APIProblem, at, call, get } from "/shared/api.js";
import { make } from "/shared/dom.js";
import { fill, wordsOf } from "/shared/states.js";
import { tell } from "/shared/tell.js";
import { settingsFields } from "./settings-fields.js";

/** @param {HTMLElement} el @param {{guild: {id: string}}} facts */
export function SettingsView(el, { guild }) {
    const path = at`/api/guilds/${guild.id}/settings`;
    const again = () => fill(el, async () => {
        const [settings, channels] = await Promise.all([call("GET", path),
            get(at`/api/guilds/${guild.id}/channels`).then((answer) => answer.channels).catch(() => null)]);
        return { settings, channels };
    }, ({ settings, channels }) => [form(settings, channels)], 5);

    function form({ value, etag }, channels) {
        const fields = settingsFields(value, channels);
        const trouble = make("div.settings-trouble", { role: "alert" });
        const save = make("button.button.is-main", { type: "submit" }, "Save");
        const undo = make("button.button", { type: "button" }, "Undo");
        const el = make("form.settings", { novalidate: "" }, ...fields.map((field) => field.el), trouble,
            make("div.settings-foot", {}, undo, save));
        let match = etag;
        const changed = () => { save.disabled = undo.disabled = !fields.some((field) => field.isChanged()); };
        el.addEventListener("input", changed);
        el.addEventListener("change", changed);
        changed();
        undo.addEventListener("click", again);
        el.addEventListener("submit", async (event) => {
            event.preventDefault();
            trouble.replaceChildren();
            const wrong = fields.find((field) => field.lack() !== "");
            for (const field of fields) field.showLack();
            if (wrong) return wrong.focus();
            save.disabled = true;
            try {
                const body = Object.assign({}, value, ...fields.map((field) => field.value()));
                const answer = await call("PUT", path, { body, match });
                match = answer.etag ?? match;
                tell("Settings saved");
                await again();
            } catch (problem) {
                save.disabled = false;
                if (problem instanceof APIProblem && [409,
                    412].includes(problem.status)) trouble.append(conflict(again));
                else trouble.append(make("p.field-problem", {}, wordsOf(problem)));
            }
        });
        return el;
    }

    return again();
}

function conflict(again) {
    const load = make("button.button", { type: "button" }, "Load their change");
    load.addEventListener("click", again);
    return make("div.conflict", {}, make("div", {}, make("strong", {}, "Somebody else changed the settings meanwhile."),
        make("p", {}, "Yours were not saved, so that theirs are not lost. Load them, and make your change again.")),
            load);
}
