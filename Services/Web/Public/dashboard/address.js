// What the address of the dashboard says: /?guild=ID&view=NAME, and behind it the parameters of that view.

const own = new Set(["guild", "view", "key"]);

/**
 * @param {string[]} ids  the views there are; the first one is the usual
 * @param {() => void} changed  the address is another one than was set here: back, forward
 */
export function Address(ids, changed) {
    const remembered = new Map();         // view → its parameters when it was left
    let now = read();
    addEventListener("popstate", () => {
        now = read();
        changed();
    });

    function read() {
        const query = new URLSearchParams(location.search);
        const view = ids.includes(query.get("view")) ? query.get("view") : ids[0];
        const rest = [...query].filter(([name]) => !own.has(name));
        return { guild: query.get("guild"), view, keys: query.getAll("key"), parameters: new URLSearchParams(rest) };
    }

    function write(way) {
        const query = new URLSearchParams();
        if (now.guild) query.set("guild", now.guild);
        if (now.view !== ids[0]) query.set("view", now.view);
        for (const key of now.keys) query.append("key", key);
        for (const [name, value] of now.parameters) query.append(name, value);
        const text = query.toString();
        history[way](null, "", text === "" ? location.pathname : `?${text}`);
    }

    return {
        get guild() { return now.guild; },
        get view() { return now.view; },
        get keys() { return now.keys; },

        /** Shows another guild: nothing to come back to. */
        setGuild(guild) {
            if (guild === now.guild) return;
            now = { ...now, guild };
            write("replaceState");
        },

        /** Goes to a view, with its parameters as they were left or as they are given. */
        setView(view, parameters = remembered.get(view) ?? {}) {
            remembered.set(now.view, new URLSearchParams(now.parameters));
            now = { ...now, view, parameters: new URLSearchParams(parameters) };
            write("pushState");
        },

        /** The parameters of the view that is shown. */
        query: {
            get: (name) => now.parameters.get(name),
            getAll: (name) => now.parameters.getAll(name),
            /** Null takes it away. */
            set(name, value) {
                if (now.parameters.get(name) === value) return;
                if (value === null || value === "") now.parameters.delete(name);
                else now.parameters.set(name, value);
                write("replaceState");
            },
        },

        /** The address of a view, for links. */
        hrefOf(view) {
            const query = new URLSearchParams();
            if (now.guild) query.set("guild", now.guild);
            if (view !== ids[0]) query.set("view", view);
            for (const key of now.keys) query.append("key", key);
            return `/?${query}`;
        },
    };
}
