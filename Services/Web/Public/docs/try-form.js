// Fills in a call, shows it as a command, sends it, and shows what came.

import { explain, send } from "/shared/api.js";
import { copyButton } from "/shared/copy.js";
import { make, setText } from "/shared/dom.js";
import { addressOf, curlOf, example, inWords } from "./document.js";

const shownMax = 64 * 1024;         // characters of an answer
const headersShown = ["content-type", "etag", "ratelimit", "ratelimit-policy", "retry-after", "location"];

export function TryForm(document, operation, pass) {
    const inputs = new Map(operation.parameters.map((one) => [one.name, parameterInput(document, operation, one)]));
    const area = operation.body ? make("textarea.try-body", { rows: "6", spellcheck: "false",
        "aria-label": "Body, as JSON" }) : null;
    if (area) area.value = JSON.stringify(example(document, operation.body), null, 2);
    const command = make("code.curl");
    const output = make("div.try-output", { role: "status" });
    const mayTry = !operation.isEndless && !operation.isPage;
    const go = make("button.button.is-main", { type: "submit" }, "Send");

    const values = () => Object.fromEntries([...inputs].map(([name, { input }]) => [name, input.value.trim()]));
    const isOpen = !operation.access.session && !operation.access.key;
    const showCommand = () => setText(command, curlOf(operation, { origin: location.origin, values: values(),
        body: area?.value ?? null, auth: isOpen ? "none" : pass.kind }));
    pass.onChange(showCommand);
    showCommand();

    const form = make("form.try", {}, make("h3.operation-title", {}, mayTry ? "Try it" : "As a command"),
        ...[...inputs.values()].map(({ el }) => el), ...(area ? [area] : []),
        make("div.curl-box", {}, command, copyButton("Command", () => command.textContent)),
        ...(mayTry ? [make("div.try-foot", {}, go), output] : []));
    form.addEventListener("input", showCommand);
    form.addEventListener("submit", async (event) => {
        event.preventDefault();
        if (!mayTry) return;
        const missing = operation.parameters.find(({ name, required }) => required && values()[name] === "");
        if (missing) {
            output.replaceChildren(make("p.field-problem", {}, `${missing.name} is missing.`));
            return inputs.get(missing.name).input.focus();
        }
        go.disabled = true;
        output.replaceChildren(...await tried(operation, values(), area?.value ?? null, pass));
        go.disabled = false;
    });
    return form;
}

function parameterInput(document, operation, { name, required, schema, in: place }) {
    const id = `try-${operation.id}-${name}`;
    const input = make("input", { type: "text", id, autocomplete: "off", spellcheck: "false",
        placeholder: [place, inWords(document, schema)].join(", ") });
    const label = make("label", { for: id }, make("code", {}, name),
        ...(required ? [] : [make("span.shape-optional", {}, "optional")]));
    return { input, el: make("div.try-field", {}, label, input) };
}

async function tried(operation, values, body, pass) {
    const { credentials, headers } = pass.credentials;
    for (const { name, in: place } of operation.parameters) if (place === "header"
        && values[name]) headers[name] = values[name];
    if (body !== null) headers["content-type"] = "application/json";
    const began = performance.now();
    try {
        const answer = await send(addressOf(operation, values),
            { method: operation.method, credentials, headers, ...(body === null ? {} : { body }) });
        const text = await answer.text();
        const took = Math.round(performance.now() - began);
        const shown = headersShown.filter((name) => answer.headers.has(name))
            .map((name) => `${name}: ${answer.headers.get(name)}`);
        return [make("p.try-status", {}, make("span.badge", { "data-tone": answer.ok ? "good" : "bad" },
            String(answer.status || "redirect")),
            ` in ${took} ms`), make("pre.try-text", { tabindex: "0", "aria-label": "Answer" },
                [...shown, "", pretty(text)].join("\n"))];
    } catch (problem) {
        if (problem.status !== 0) throw problem;
        const { title, text } = explain(problem);
        return [make("p.field-problem", {}, `${title}. ${text}`)];
    }
}

function pretty(text) {
    let shown = text;
    try { shown = JSON.stringify(JSON.parse(text), null, 2); } catch { /* it is no JSON: as it came */ }
    return shown.length > shownMax ? `${shown.slice(0, shownMax)}\n… (${shown.length - shownMax} more characters)`
        : shown;
}
