// One's own account: who one is here, and where one is logged in.

import { at, call, explain, get } from "/shared/api.js";
import { makeAvatar, showAvatar } from "/shared/avatar.js";
import { confirm } from "/shared/dialog.js";
import { icon, make } from "/shared/dom.js";
import { fullTime, relative } from "/shared/format.js";
import { logOut } from "/shared/me.js";
import { openPage } from "/shared/page.js";
import { fill, stateCard, wordsOf } from "/shared/states.js";
import { tell } from "/shared/tell.js";
import { describeAgent } from "./agent.js";

openPage({ needsLogin: true, forWhat: "see your account" }, (me) => {
    const list = make("div.sessions");
    const everywhere = make("button.button.is-danger", { type: "button" }, "Log out everywhere");
    everywhere.addEventListener("click", () => confirm({
        title: "Log out everywhere?",
        text: "This ends all your sessions, on every device and in this browser. Pages that are open there stop "
            + "at once. Keys that you made stay: they are ended where the guild is managed.",
        action: "Log out everywhere",
    }, async () => { await logOut(true); location.assign("/"); }, explain));
    showSessions(list);
    return [profile(me),
        make("section.section", { "aria-labelledby": "sessions-title" },
            make("header.section-head", {}, make("h2.section-title", { id: "sessions-title" },
                "Where you are logged in"),
                make("p.section-lead", {}, "End what you do not know. It stops within a second.")), list),
        make("section.section", { "aria-labelledby": "everywhere-title" },
            make("header.section-head", {}, make("h2.section-title", { id: "everywhere-title" }, "All of them at once"),
                everywhere, make("p.section-lead", {}, "When a device is lost, or you are not sure.")))];
});

function profile({ user, isInstanceOwner }) {
    const face = makeAvatar();
    showAvatar(face, { id: user.id, name: user.name, url: user.avatar });
    const id = make("p.page-lead", {}, "Discord id ", make("span.mono", {}, user.id));
    const words = make("div.page-head-words", {}, make("h1.page-title", { dir: "auto" }, user.name), id);
    return make("header.page-head", {}, face, words,
        ...(isInstanceOwner ? [make("span.badge", { "data-tone": "good" }, "Runs this server")] : []));
}

function showSessions(list) {
    return fill(list, () => get("/api/sessions"), ({ sessions }) => {
        if (sessions.length === 0) return [stateCard("person", "No sessions are listed",
            "Log in again to see this one.")];
        const now = Date.now();
        const sorted = [...sessions].sort((a, b) => Number(b.isCurrent) - Number(a.isCurrent)
            || (b.seen ?? 0) - (a.seen ?? 0));
        return [make("ul.stack", {}, ...sorted.map((one) => sessionCard(one, now, () => showSessions(list))))];
    });
}

function sessionCard(session, now, again) {
    const { words, picture } = describeAgent(session.agent);
    const title = make("p.session-agent", {}, words,
        ...(session.isCurrent ? [make("span.badge", { "data-tone": "good" }, "This one")] : []));
    const times = make("p.session-times", {}, "Began ", when(session.began, now),
        ...(session.seen ? [" · last seen ", when(session.seen, now)] : []), " · ends ", when(session.expires, now));
    const end = make("button.button.is-small", { type: "button" }, session.isCurrent ? "Log out" : "End");
    end.setAttribute("aria-label", session.isCurrent ? "Log out here" : `End the session of ${words}`);
    const trouble = make("p.field-problem", { role: "alert" });
    end.addEventListener("click", async () => {
        end.disabled = true;
        try {
            if (session.isCurrent) {
                await logOut();
                location.assign("/");
            } else {
                await call("DELETE", at`/api/sessions/${session.id}`);
                tell("Session ended");
                await again();
            }
        } catch (problem) {
            trouble.textContent = wordsOf(problem);
            end.disabled = false;
        }
    });
    return make("li.session.card", { "data-session-id": session.id, title: session.agent ?? "" }, icon(picture),
        make("div.session-words", {}, title, times, trouble), end);
}

function when(ts, now) {
    return make("time", { datetime: new Date(ts).toISOString(), title: fullTime(ts) }, relative(ts, now));
}
