// The lists of System: what is wrong, the services, the shards. Rows stay the same elements while they change.

import { icon, make, setText } from "/shared/dom.js";
import { fullTime, number } from "/shared/format.js";
import { reconcile } from "/shared/list.js";
import { abouts, age, lag, names, sortedShards, span, tones, words } from "./figures.js";

const shardsMost = 200, servicesMost = 100;
const pictures = { gateway: "program", web: "stream", analytics: "chart", redis: "list", postgres: "book" };

function part(id, title, list, ...more) {
    return make("section.part", { "aria-labelledby": `${id}-title` },
        make("h3.part-title", { id: `${id}-title` }, title), list, ...more);
}

export function Problems() {
    const list = make("ul.problems", { "aria-label": "What is wrong" });
    return {
        el: list,
        show(problems) {
            list.hidden = problems.length === 0;
            reconcile(list, problems, {
                key: ({ what }) => what,
                create: () => make("li.problem", {}, icon("alert"), make("div.problem-words", {},
                    make("strong.problem-what"), make("p.problem-advice"))),
                update(row, { what, advice, severity }) {
                    row.dataset.severity = severity === "bad" ? "bad" : "warn";
                    setText(row.querySelector(".problem-what"), what);
                    setText(row.querySelector(".problem-advice"), advice);
                },
                animate: false,
            });
        },
    };
}

export function Services() {
    const list = make("ul.services");
    const el = part("services", "Services", list);
    return {
        el,
        show(services, now) {
            reconcile(list, services.slice(0, servicesMost), {
                key: ({ name, id }) => `${name} ${id}`,
                create: ({ name, id }) => make("li.service.card", {}, make("header.service-head", {},
                    icon(pictures[name] ?? "program"), make("strong.service-name", {}, names[name] ?? name),
                    make("span.badge")), make("p.service-about", {}, abouts[name] ?? ""),
                make("p.service-detail"), make("p.service-advice"),
                make("p.service-facts", {}, make("span.service-id", { dir: "ltr", title: id }, id),
                    make("span.service-version"), make("span.service-age"))),
                update(row, service) {
                    row.dataset.state = service.state;
                    showState(row.querySelector(".badge"), service.state);
                    setText(row.querySelector(".service-detail"), service.detail ?? "");
                    setText(row.querySelector(".service-advice"), service.advice ?? "");
                    setText(row.querySelector(".service-version"), service.version ? `version ${service.version}` : "");
                    const when = row.querySelector(".service-age");
                    setText(when, age(service, now));
                    const moment = service.state === "down" ? service.seen : service.since;
                    if (moment !== null) when.title = fullTime(Math.min(moment, now));
                },
                animate: false,
            });
        },
    };
}

export function Shards() {
    const head = ["Shard", "Discord", "Heartbeat", "Guilds", "Waits for the log", "Waits for PostgreSQL"];
    const rows = make("tbody");
    const table = make("table.shards", {}, make("caption.visually-hidden", {}, "Shards, those with trouble first"),
        make("thead", {}, make("tr", {}, ...head.map((one) => make("th", { scope: "col" }, one)))), rows);
    const rest = make("p.part-note");
    const none = make("p.part-note", {}, "No gateway has told of any shard.");
    const place = make("div.shards-place.card",
        { tabindex: "0", role: "region", "aria-label": "Table of shards" }, table);
    const el = part("shards", "Shards", place, none, rest);
    return {
        el,
        show(shards) {
            const { shown, more } = sortedShards(shards, shardsMost);
            place.hidden = shards.length === 0;
            none.hidden = shards.length > 0;
            setText(rest, more > 0 ? `and ${number(more)} more` : "");
            reconcile(rows, shown, { key: ({ shard }) => shard, create: shardRow, update: showShard, animate: false });
        },
    };
}

function shardRow({ shard }) {
    return make("tr.shard", {}, make("th", { scope: "row" }, shard), make("td", {}, make("span.badge"),
        make("span.shard-detail")), make("td.shard-beat"), make("td.shard-guilds"), make("td.shard-lag"),
    make("td.shard-stored"));
}

function showShard(row, { state, latency, guilds, lag: waiting, stored, detail, publisher }) {
    showState(row.querySelector(".badge"), state);
    setText(row.querySelector(".shard-detail"), detail ?? (publisher ? "" : "no replica takes its events"));
    setText(row.querySelector(".shard-beat"), span(latency));
    setText(row.querySelector(".shard-guilds"), guilds === null ? "–" : number(guilds));
    setText(row.querySelector(".shard-lag"), lag(waiting));
    setText(row.querySelector(".shard-stored"), lag(stored));
}

function showState(badge, state) {
    badge.dataset.tone = tones[state] ?? "none";
    setText(badge, words[state] ?? words.unknown);
}
