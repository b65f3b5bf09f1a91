// An OpenAPI 3.1 document, read: operations by tag, and shapes in words. Touches no page.

const methods = ["get", "post", "put", "patch", "delete"];
const depthMax = 6;                 // of shapes within shapes; deeper ones are named only

/**
 * @typedef {object} Operation
 * @property {string} id @property {string} method  in capitals
 * @property {string} path @property {string} tag @property {string} summary
 * @property {object[]} parameters  as in the document
 * @property {object|null} body     its schema
 * @property {{status: string, about: string, type: string|null, schema: object|null}[]} answers
 * @property {{anyone: boolean, session: boolean, key: boolean, scopes: string[]}} access
 * @property {boolean} isEndless    a stream, which cannot be tried here
 * @property {boolean} isPage       for a browser to open, not for a program to call
 */

/** @returns {{tag: string, operations: Operation[]}[]} in the order of the document's tags */
export function chapters(document) {
    const found = new Map((document.tags ?? []).map(({ name }) => [name, []]));
    for (const [path, item] of Object.entries(document.paths ?? {})) {
        for (const method of methods) {
            if (!item[method]) continue;
            const operation = read(document, path, method, item);
            if (!found.has(operation.tag)) found.set(operation.tag, []);
            found.get(operation.tag).push(operation);
        }
    }
    return [...found].map(([tag, operations]) => ({ tag,
        operations })).filter(({ operations }) => operations.length > 0);
}

function read(document, path, method, item) {
    const raw = item[method];
    const types = (content) => Object.entries(content ?? {}).map(([type, media]) => [type, media.schema ?? null]);
    const answers = Object.entries(raw.responses ?? {}).flatMap(([status, answer]) => {
        const all = types(resolve(document, answer).content);
        const about = resolve(document, answer).description ?? "";
        return (all.length > 0 ? all : [[null, null]]).map(([type, schema]) => ({ status, about, type, schema }));
    });
    const ways = raw.security ?? document.security ?? [];
    const names = ways.flatMap((way) => Object.keys(way));
    return {
        id: raw.operationId ?? `${method} ${path}`, method: method.toUpperCase(), path,
        tag: raw.tags?.[0] ?? "Other", summary: raw.summary ?? "",
        parameters: [...(item.parameters ?? []), ...(raw.parameters ?? [])].map((one) => resolve(document, one)),
        body: raw.requestBody ? types(resolve(document, raw.requestBody).content)[0]?.[1] ?? {} : null,
        answers,
        access: {
            anyone: ways.length === 0 || ways.some((way) => Object.keys(way).length === 0),
            session: names.includes("session"), key: names.includes("key"),
            scopes: [...new Set(ways.flatMap((way) => way.key ?? []))],
        },
        isEndless: answers.some(({ type }) => type === "text/event-stream")
            || answers.some(({ status }) => status === "101"),
        isPage: path.startsWith("/auth/") || answers.some(({ status, type }) => status === "200"
            && type === "text/html"),
    };
}

/** What a `$ref` within the document stands for. */
export function resolve(document, value) {
    let found = value;
    for (let step = 0; found?.$ref && step < 10; step += 1) {
        found = found.$ref.replace(/^#\//, "").split("/")
            .reduce((part, name) => part?.[name.replaceAll("~1", "/").replaceAll("~0", "~")], document);
    }
    return found ?? {};
}

/** The shape's name where it has one: "Problem". */
export function nameOf(schema) {
    return schema?.$ref?.split("/").at(-1) ?? null;
}

/** A shape in a few words: "integer, 1 to 100", "list of text", "Problem or null". */
export function inWords(document, schema) {
    if (!schema) return "anything";
    if (schema.$ref) return nameOf(schema);
    const either = schema.anyOf ?? schema.oneOf;
    if (either) return either.map((one) => inWords(document, one)).join(" or ");
    const types = [schema.type ?? []].flat();
    const words = types.map((type) => typeInWords(document, schema, type)).join(" or ");
    return words || (schema.enum ? schema.enum.map((one) => JSON.stringify(one)).join(" or ") : "anything");
}

function typeInWords(document, schema, type) {
    if (type === "null") return "null";
    if (schema.enum) return schema.enum.filter((one) => one !== null).map((one) => JSON.stringify(one)).join(" or ");
    if (type === "array") {
        return `list of ${inWords(document, schema.items)}${range(schema.minItems, schema.maxItems, " entries")}`;
    }
    if (type === "integer") return `whole number${range(schema.minimum, schema.maximum, "")}`;
    if (type === "string") {
        if (schema.pattern?.startsWith("^[1-9][0-9]")) return "id";
        return `text${range(schema.minLength, schema.maxLength, " characters")}`;
    }
    return { boolean: "true or false", number: "number", object: "object" }[type] ?? type;
}

function range(low, high, unit) {
    if (low === undefined && high === undefined) return "";
    if (high === undefined || high > 1e15) return low > 0 ? `, at least ${low}${unit}` : "";
    return low === high ? `, ${low}${unit}` : `, ${low ?? 0} to ${high}${unit}`;
}

/**
 * The members of an object, those of objects in it indented below.
 * @returns {{name: string, depth: number, words: string, about: string, isRequired: boolean}[]}
 */
export function members(document, schema, depth = 0, seen = []) {
    const name = nameOf(schema);
    const shape = resolve(document, schema);
    if (depth > depthMax || (name && seen.includes(name))) return [];
    const inner = name ? [...seen, name] : seen;
    const types = [shape.type ?? []].flat();
    if (types.includes("array")) return members(document, shape.items, depth, inner);
    const either = shape.anyOf ?? shape.oneOf;
    if (either) return either.flatMap((one) => members(document, one, depth, inner));
    return Object.entries(shape.properties ?? {}).flatMap(([key, value]) => [
        { name: key, depth, words: inWords(document, value), about: value.description
            ?? resolve(document, value).description ?? "",
            isRequired: (shape.required ?? []).includes(key) },
        ...members(document, value, depth + 1, inner),
    ]);
}

/** A value of the shape, to begin with: what is required, as short as may be. */
export function example(document, schema, depth = 0) {
    const shape = resolve(document, schema);
    if (depth > depthMax) return null;
    if (shape.enum) return shape.enum[0];
    const either = shape.anyOf ?? shape.oneOf;
    if (either) return example(document, either[0], depth + 1);
    switch ([shape.type ?? "object"].flat()[0]) {
    case "object":
        return Object.fromEntries(Object.entries(shape.properties ?? {})
            .filter(([key]) => (shape.required ?? []).includes(key))
            .map(([key, value]) => [key, example(document, value, depth + 1)]));
    case "array": return (shape.minItems ?? 0) > 0 ? [example(document, shape.items, depth + 1)] : [];
    case "integer": return Math.max(shape.minimum ?? 0, 0);
    case "number": return 0;
    case "boolean": return false;
    case "null": return null;
    default: return "";
    }
}

/**
 * The address with what was filled in; lists take commas.
 * @param {Operation} operation @param {Record<string, string>} values
 */
export function addressOf(operation, values) {
    let path = operation.path;
    const query = new URLSearchParams();
    for (const { name, in: place } of operation.parameters) {
        const value = values[name] ?? "";
        if (place === "path") path = path.replace(`{${name}}`, value === "" ? `{${name}}` : encodeURIComponent(value));
        else if (place === "query" && value !== "") query.set(name, value);
    }
    const text = query.toString();
    return text ? `${path}?${text}` : path;
}

/**
 * The call as a command for a shell. A key stands there by a variable's name, a session as a file of cookies.
 * @param {{origin: string, values: Record<string, string>, body: string|null, auth: "session"|"key"|"none"}} how
 */
export function curlOf(operation, { origin, values, body, auth }) {
    const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
    const parts = ["curl"];
    if (operation.isEndless) parts.push("-N");
    if (operation.method !== "GET") parts.push("-X", operation.method);
    if (auth === "key") parts.push("-H", '"Authorization: Bearer $GUILDWIRE_KEY"');
    if (auth === "session") parts.push("-b", '"guildwire_session=$GUILDWIRE_SESSION"');
    if (auth === "session" && operation.method !== "GET") parts.push("-H", quote(`Origin: ${origin}`));
    for (const { name, in: place } of operation.parameters) {
        if (place === "header" && values[name]) parts.push("-H", quote(`${name}: ${values[name]}`));
    }
    if (body !== null) parts.push("-H", quote("Content-Type: application/json"), "-d", quote(body));
    parts.push(quote(origin + addressOf(operation, values)));
    return parts.join(" ");
}
