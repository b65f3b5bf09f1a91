// The API's page: renders /api/openapi.json, which is made of the same table as the router, and can try its calls.
//
// #operation opens one of them.

import { get } from "/shared/api.js";
import { make, setText } from "/shared/dom.js";
import { openPage } from "/shared/page.js";
import { fill, stateCard } from "/shared/states.js";
import { chapters } from "./document.js";
import { operationCard } from "./operation.js";
import { Pass } from "./pass.js";

openPage({ needsLogin: false }, (me) => {
    const place = make("div.docs");
    fill(place, () => get("/api/openapi.json"), (document) => show(document, me), 6);
    return [place];
});

function show(document, me) {
    const pass = Pass(me);
    const all = chapters(document);
    const search = make("input.docs-search", { type: "search", placeholder: "Find an operation",
        "aria-label": "Find an operation" });
    const found = make("p.visually-hidden", { role: "status" });
    const nothing = stateCard("list", "Nothing by that name", "");
    nothing.hidden = true;
    const cards = [];
    const sections = all.map(({ tag, operations }) => {
        const id = `tag-${tag.toLowerCase()}`;
        const own = operations.map((operation) => ({ operation, el: operationCard(document, operation, pass) }));
        cards.push(...own);
        const el = make("section.section.docs-tag", { "aria-labelledby": id },
            make("header.section-head", {}, make("h2.section-title", { id }, tag)),
                make("div.docs-list", {}, ...own.map((one) => one.el)));
        return { el, own, tag, id };
    });
    const nav = make("nav.docs-nav", { "aria-label": "Chapters" },
        ...sections.map(({ tag, id }) => make("a", { href: `#${id}` }, tag)));
    search.addEventListener("input", () => {
        const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
        let count = 0;
        for (const { el, own } of sections) {
            for (const { operation, el: card } of own) {
                const text = `${operation.method} ${operation.path} ${operation.summary} ${operation.id}`.toLowerCase();
                card.hidden = !words.every((word) => text.includes(word));
                if (!card.hidden) count += 1;
            }
            el.hidden = own.every((one) => one.el.hidden);
        }
        nothing.hidden = count > 0;
        setText(found, `${count} operations`);
    });
    addEventListener("hashchange", () => open(cards));
    setTimeout(() => open(cards));
    const words = make("div.page-head-words", {}, make("h1.page-title", {}, `${document.info?.title ?? ""} API`),
        make("p.page-lead", {}, document.info?.description ?? ""));
    const download = make("a.button", { href: "/api/openapi.json", download: "guildwire-openapi.json" },
        "openapi.json");
    return [make("header.page-head", {}, words, download), pass.el, nav, search, found, nothing,
        ...sections.map(({ el }) => el)];
}

/** The operation that the address names is opened. */
function open(cards) {
    const wanted = cards.find(({ operation }) => `#${operation.id}` === decodeURIComponent(location.hash));
    if (!wanted) return;
    wanted.el.open = true;
    wanted.el.scrollIntoView({ block: "start" });
    wanted.el.querySelector("summary").focus({ preventScroll: true });
}
