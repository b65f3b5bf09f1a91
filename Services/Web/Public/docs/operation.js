// One operation: who may call it, what it takes, what it answers, and a form that tries it.

import { make } from "/shared/dom.js";
import { inWords, members, nameOf } from "./document.js";
import { TryForm } from "./try-form.js";

/** @param {import("./document.js").Operation} operation */
export function operationCard(document, operation, pass) {
    const body = make("div.operation-body");
    const summary = make("summary.operation-head", {},
        make("span.method", { "data-method": operation.method }, operation.method),
        make("code.operation-path", {}, ...brokenPath(operation.path)),
            make("span.operation-summary", {}, operation.summary));
    const card = make("details.operation.card", { id: operation.id }, summary, body);
    // Made when it is first opened: sixty forms at once would be a slow page.
    card.addEventListener("toggle", () => {
        if (!card.open || body.childElementCount > 0) return;
        body.append(...parts(document, operation, pass));
    });
    return card;
}

/** Long paths break behind a slash. */
function brokenPath(path) {
    return path.split(/(?<=\/)/).flatMap((part, index) => (index === 0 ? [part] : [make("wbr"), part]));
}

function parts(document, operation, pass) {
    const { parameters, body, answers } = operation;
    return [
        make("p.operation-access", {}, ...access(operation)),
        ...(parameters.length > 0 ? [part("Parameters", table(parameters.map((one) => ({
            name: one.name, depth: 0, words: `${one.in}, ${inWords(document, one.schema)}`, about: one.description
                ?? "",
            isRequired: Boolean(one.required) }))))] : []),
        ...(body ? [part("Body, application/json", shape(document, body))] : []),
        part("Answers", make("div.answers", {}, ...answers.map((one) => answer(document, one)))),
        TryForm(document, operation, pass),
    ];
}

function access({ access: { anyone, session, key, scopes } }) {
    const who = [...(anyone ? ["anyone"] : []), ...(session ? ["who has logged in"] : []), ...(key ? ["a key"] : [])];
    const scope = scopes.length > 0 ? [" with the scope ", make("code", {}, scopes.join(", "))] : [];
    return ["For ", who.join(", or ") || "anyone", ...scope, "."];
}

function part(title, content) {
    return make("section.operation-part", {}, make("h3.operation-title", {}, title), content);
}

function shape(document, schema) {
    const rows = members(document, schema);
    return rows.length > 0 ? table(rows) : make("p.shape-words", {}, inWords(document, schema));
}

function table(rows) {
    return make("ul.shape", {}, ...rows.map(({ name, depth, words, about, isRequired }) => {
        const row = make("li.shape-row", {},
            make("span.shape-name", {}, make("code", {}, name),
                ...(isRequired ? [] : [make("span.shape-optional", {}, "optional")])),
            make("span.shape-words", {}, words), ...(about ? [make("span.shape-about", {}, about)] : []));
        row.style.setProperty("--depth", String(depth));
        return row;
    }));
}

function answer(document, { status, about, type, schema }) {
    const head = [make("span.badge", { "data-tone": status < "300" ? "good" : status < "500" ? "wait" : "bad" },
        status),
        make("span.answer-about", {}, about), ...(type ? [make("code.answer-type", {}, type)] : [])];
    const rows = schema && nameOf(schema) !== "Problem" ? members(document, schema) : [];
    if (rows.length === 0) return make("div.answer", {}, make("div.answer-head", {}, ...head));
    return make("details.answer", {}, make("summary.answer-head", {}, ...head), table(rows));
}
