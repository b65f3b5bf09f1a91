// Channels by their names, for an option that holds their ids.

import { make } from "/shared/dom.js";

const kinds = { "voice-channel": [2, 13], "text-channel": [0, 5, 2, 13] };
const searchFrom = 12;                    // channels, from which a search helps

/** In the order of Discord's list. @param {object[]} channels @param {string} picks */
export function channelsToPick(channels, picks) {
    const byId = new Map(channels.map((channel) => [channel.id, channel]));
    const types = kinds[picks] ?? [];
    const rank = (channel) => [byId.get(channel.parentId)?.position ?? -1, picks === "text-channel"
        && channel.type !== 0 && channel.type !== 5 ? 1 : 0, channel.position ?? 0];
    return channels.filter(({ type }) => types.includes(type))
        .map((channel) => ({ id: channel.id, name: channel.name, parent: byId.get(channel.parentId)?.name ?? "",
            isVoice: kinds["voice-channel"].includes(channel.type), rank: rank(channel) }))
        .sort((a, b) => a.rank[0] - b.rank[0] || a.rank[1] - b.rank[1] || a.rank[2] - b.rank[2]);
}

/** @param {import("/shared/overlay-options.js").Option} option */
export function ChannelField(option, { id, describedBy, changed, channels }) {
    const list = make("div.pick-list");
    const search = make("input", { type: "search", placeholder: "Find a channel", "aria-label": "Find a channel" });
    const el = make("div.channel-field", { role: "group", "aria-labelledby": `${id}-label`,
        "aria-describedby": describedBy }, search, list);
    let chosen = [];
    let drawn = "";

    search.addEventListener("input", find);
    list.addEventListener("change", () => {
        const ticked = [...list.querySelectorAll("input:checked")].map(({ value }) => value);
        changed(ticked.slice(0, option.most ?? 100));
    });

    function find() {
        const wanted = search.value.trim().toLowerCase();
        for (const row of list.children) {
            row.hidden = wanted !== "" && !row.textContent.toLowerCase().includes(wanted);
        }
    }

    function draw() {
        const known = channelsToPick(channels(), option.picks);
        const lost = chosen.filter((one) => !known.some((channel) => channel.id === one));
        const rows = [...known, ...lost.map((one) => ({ id: one,
            name: one, parent: "not to be seen here", isVoice: true }))];
        const sign = JSON.stringify(rows.map((row) => [row.id, row.name, row.parent]));
        if (sign !== drawn) {
            drawn = sign;
            list.replaceChildren(...rows.map(row));
            search.hidden = rows.length < searchFrom;
            list.hidden = rows.length === 0;
            find();
        }
        for (const input of list.querySelectorAll("input")) input.checked = chosen.includes(input.value);
    }

    function row(channel) {
        const input = make("input", { type: "checkbox", value: channel.id });
        return make("label.choice", {}, input, make("span.choice-words", {},
            make("span", { dir: "auto" }, channel.isVoice ? channel.name : `#${channel.name}`),
            ...(channel.parent ? [make("small", { dir: "auto" }, channel.parent)] : [])));
    }

    return {
        isGroup: true, el,
        show(value) { chosen = value; draw(); },
        refresh: draw,
    };
}
