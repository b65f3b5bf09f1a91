// The steps as a list that opens where one has to do something, and what is to be said of the server beside it.

import { copyField } from "/shared/copy.js";
import { icon, make, setText } from "/shared/dom.js";
import { plan, portal, safeInvite, stateTones, stateWords } from "./steps.js";

export function Stepper() {
    const list = make("ol.steps");
    const bar = make("progress.steps-bar", { max: "1", value: "0", "aria-label": "Steps that are done" });
    const count = make("span.steps-count");
    const server = make("ul.server-steps");
    const note = make("p.setup-note", { role: "status" });
    const el = make("div.setup", {},
        make("section.setup-main.card", { "aria-labelledby": "setup-title" },
            make("header.setup-head", {}, make("h2.setup-title", { id: "setup-title", tabindex: "-1" },
                "Bring your community in"), make("p.setup-lead", {},
                "Four steps, each looked at as you do it, and one for afterwards. This page goes on by itself."),
            make("div.steps-done", {}, bar, count)), list),
        make("aside.setup-side.card", { "aria-labelledby": "server-title" },
            make("h2.part-title", { id: "server-title" }, "This server"), server, note));
    const rows = new Map();
    const serverRows = new Map();
    let current;

    function row({ id, title, how, link }, number) {
        const badge = make("span.badge");
        const sign = make("span.step-sign", { "aria-hidden": "true" });
        const found = make("p.step-found");
        const advice = make("p.step-advice");
        const links = make("div.step-links");
        if (link === "portal") {
            links.append(make("a.button", { href: portal, target: "_blank", rel: "noreferrer noopener" },
                "Open the developer portal"));
        }
        const details = make("details.step", { "data-step": id },
            make("summary.step-head", {}, sign, make("span.step-title", {}, title), badge),
            make("div.step-body", {}, found, advice, make("ul.step-how", {},
                ...how.map((line) => make("li", {}, line))), links));
        const item = make("li.step-item", {}, details);
        list.append(item);
        return { number, sign, badge, found, advice, links, details, state: null, invite: null };
    }

    function showStep(step, invite, index) {
        if (!rows.has(step.id)) rows.set(step.id, row(step, index + 1));
        const one = rows.get(step.id);
        setText(one.found, step.detail ?? "");
        setText(one.advice, step.advice ?? "");
        if (one.state !== step.state) {
            one.state = step.state;
            one.details.dataset.state = step.state;
            one.sign.replaceChildren(step.state === "done" ? icon("check") : String(one.number));
            one.badge.dataset.tone = stateTones[step.state];
            setText(one.badge, stateWords[step.state]);
        }
        if (step.link === "invite" && one.invite !== invite) {
            one.invite = invite;
            one.links.replaceChildren(...inviteLinks(invite));
        }
    }

    return {
        el,
        /** @param {object} setup  as /api/setup answers @returns {ReturnType<typeof plan>} */
        show(setup) {
            const now = plan(setup);
            const invite = setup.invite ? safeInvite(setup.invite) : null;
            now.steps.forEach((step, index) => showStep(step, invite, index));
            // Opens what comes next when that changes, and leaves what a person opened or closed as it is.
            if (current !== now.current) {
                if (rows.has(current)) rows.get(current).details.open = false;
                current = now.current;
                if (rows.has(current)) rows.get(current).details.open = true;
            }
            for (const [id, one] of rows) one.details.toggleAttribute("data-current", id === current);
            bar.value = now.done / now.of;
            setText(count, `${now.done} of ${now.of}`);
            for (const step of now.server) showServer(step);
            return now;
        },
        note(text, tone = "none") {
            note.dataset.tone = tone;
            setText(note, text);
        },
    };

    function showServer({ id, state, title, detail, advice }) {
        if (!serverRows.has(id)) {
            const parts = { badge: make("span.badge"), title: make("strong.server-name"),
                detail: make("p.server-detail"), advice: make("p.server-advice") };
            server.append(make("li.server-step", { "data-step": id }, make("div.server-line", {}, parts.title,
                parts.badge), parts.detail, parts.advice));
            serverRows.set(id, parts);
        }
        const parts = serverRows.get(id);
        setText(parts.title, title);
        parts.badge.dataset.tone = stateTones[state] ?? "none";
        setText(parts.badge, stateWords[state] ?? stateWords.unknown);
        setText(parts.detail, detail ?? "");
        setText(parts.advice, advice ?? "");
    }
}

function inviteLinks(invite) {
    if (!invite) return [make("p.step-wait", {}, "The link appears here as soon as the application is known.")];
    return [make("a.button.is-main", { href: invite, target: "_blank", rel: "noreferrer noopener" },
        "Invite the bot"), copyField("Invite link", invite)];
}
