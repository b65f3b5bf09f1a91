// What a dashboard without a guild shows: how to get one, each step looked at live. The dashboard takes over by itself.

import { APIProblem, explain, get } from "/shared/api.js";
import { make } from "/shared/dom.js";
import { skeleton, stateCard } from "/shared/states.js";
import { tell } from "/shared/tell.js";
import { Stepper } from "./stepper.js";

export const styles = ["/dashboard/system/system.css", "/dashboard/first-run/first-run.css"];

const every = 3_000;                  // milliseconds between two looks while it is shown

/** @param {HTMLElement} el @param {import("../context.js").Context} context */
export function mount(el, context) {
    const setup = Setup(el);
    let welcomed = false;

    // The last thing that this view does: the guild's own views come in its place.
    context.onEvent(() => {
        const [guild] = context.guilds().values();
        if (welcomed || el.hidden || !guild) return;
        welcomed = true;
        tell(`${guild.name} is here. Welcome!`);
        context.say.urgent(`${guild.name} is here. The dashboard is open.`, Date.now());
    });

    return {
        update() { setup.look(); },
        tick(now) { if (!document.hidden && now - setup.lookedAt >= every) setup.look(now); },
    };
}

/** The steps in an element, looked at when `look` is called. */
export function Setup(el) {
    let stepper = null;
    let lookedAt = 0;
    let looking = false;
    el.append(skeleton(4));

    async function look() {
        if (looking || Date.now() - lookedAt < every) return;
        looking = true;
        lookedAt = Date.now();
        try {
            show(await get("/api/setup"));
        } catch (problem) {
            if (!(problem instanceof APIProblem)) throw problem;
            fail(problem);
        } finally {
            looking = false;
        }
    }

    function show(setup) {
        if (!stepper) {
            stepper = Stepper();
            el.replaceChildren(stepper.el);
        }
        const { hasGuild } = stepper.show(setup);
        el.toggleAttribute("data-arrived", hasGuild);
        stepper.note(hasGuild ? "The bot is in a guild. Are you in it too? Then this page opens it in a moment."
            : "Looked at every three seconds.");
    }

    function fail(problem) {
        if ([401, 403, 404].includes(problem.status)) {
            stepper = null;
            el.replaceChildren(noGuild());
        } else if (stepper) {
            stepper.note(`${explain(problem).title}. It is tried again every few seconds.`, "bad");
        } else {
            el.replaceChildren(stateCard("alert", explain(problem).title,
                "It is tried again every few seconds. Is the web service running?"));
        }
    }

    return { look, get lookedAt() { return lookedAt; } };
}

function noGuild() {
    return make("div.no-guild", {}, stateCard("person", "No guild to show",
        "Guildwire's bot is in no guild that you are in. When it is invited to one, or you join one, it appears "
        + "here."));
}
