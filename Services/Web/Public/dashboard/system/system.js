// System: whether everything works, how long an event takes, and what to do where something is wrong.

import { APIProblem, explain, get } from "/shared/api.js";
import { icon, make, setText } from "/shared/dom.js";
import { timeOfDay } from "/shared/format.js";
import { loginAddress } from "/shared/me.js";
import { failure, skeleton, stateCard } from "/shared/states.js";
import { verdict, way } from "./figures.js";
import { Problems, Services, Shards } from "./parts.js";
import { Way } from "./way.js";

export const styles = ["/dashboard/system/system.css", "/dashboard/system/way.css"];

const every = 5_000;                  // milliseconds between two questions while it is looked at

/** @param {HTMLElement} el @param {import("../context.js").Context} context */
export function mount(el, context) {
    const sign = make("span.verdict-sign", { "aria-hidden": "true" });
    const verdictWords = make("span.verdict-words", { role: "status" });
    const note = make("p.system-note");
    const body = make("div.system-body");
    el.classList.add("is-page");
    el.append(make("header.system-head", {}, make("h2.system-title", {}, "System"),
        make("p.verdict", { "data-tone": "none" }, sign, verdictWords), note), body);
    body.append(skeleton(4));

    let askedAt = 0;
    let asking = false;
    let system = null;
    let parts = null;

    async function ask() {
        if (asking) return;
        asking = true;
        askedAt = Date.now();
        try {
            system = await get("/api/system");
            show();
        } catch (problem) {
            if (!(problem instanceof APIProblem)) throw problem;
            fail(problem);
        } finally {
            asking = false;
        }
    }

    function show() {
        if (!parts) {
            parts = { problems: Problems(), way: Way(), services: Services(), shards: Shards() };
            body.replaceChildren(...Object.values(parts).map((part) => part.el));
        }
        const now = Date.now();
        const { tone, text } = verdict(system);
        el.querySelector(".verdict").dataset.tone = tone;
        setText(verdictWords, text);
        parts.problems.show(system.problems);
        parts.services.show(system.services, system.now ?? now);
        parts.shards.show(system.shards);
        showWay();
        delete note.dataset.tone;
        const outline = system.detailed === false ? " · reasons and advice are shown to who manages a guild" : "";
        setText(note, `${system.version ? `Guildwire ${system.version} · ` : ""}as of ${timeOfDay(now)}${outline}`);
    }

    function showWay() {
        if (parts && system) parts.way.show(way(system, context.stream()));
    }

    function fail(problem) {
        if (parts && problem.status !== 401 && problem.status !== 403) {
            note.dataset.tone = "bad";
            setText(note, `${explain(problem).title}. What you see is from before; it is tried again in seconds.`);
            el.querySelector(".verdict").dataset.tone = "none";
            setText(verdictWords, "Not known now");
            return;
        }
        parts = null;
        setText(verdictWords, "");
        setText(note, "");
        el.querySelector(".verdict").dataset.tone = "none";
        body.replaceChildren(problem.status === 401 ? wayIn() : failure(problem, ask));
    }

    function wayIn() {
        const card = stateCard("key", "Log in to see how the system is",
            "Which services run, and how fast they are, is told to people whom the server knows.",
            ...(context.me()?.canLogIn ? [make("a.button.is-main", { href: loginAddress() }, icon("person"),
                "Log in with Discord")] : []));
        card.setAttribute("role", "alert");
        return card;
    }

    context.onEvent((envelope) => {
        if (!el.hidden && parts && envelope.event !== "snapshot" && envelope.event !== "reset") {
            parts.way.pulse(Date.now());
        }
    });
    context.addShortcut("r", "Refresh", ask);

    return {
        update() {
            if (askedAt === 0 || Date.now() - askedAt >= every) ask();
            showWay();
        },
        tick(now) {
            if (!document.hidden && now - askedAt >= every) ask();
        },
    };
}
