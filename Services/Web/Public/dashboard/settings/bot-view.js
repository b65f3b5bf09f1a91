// What the bot may not do in the guild and where, what that is needed for, and how to mend it.

import { at, get } from "/shared/api.js";
import { copyField } from "/shared/copy.js";
import { icon, make } from "/shared/dom.js";
import { number } from "/shared/format.js";
import { fill, stateCard } from "/shared/states.js";
import { grouped, listed, permissionName } from "./permissions.js";

const channelsMost = 60;              // of a group that are named; there may be 500
const voice = [2, 13];
const unseenWords = "What happens there is told to nobody here. If it is meant so, leave it.";

/** @param {HTMLElement} el @param {{guild: {id: string, name: string}}} facts */
export function BotView(el, { guild }) {
    let before = "";

    const load = () => get(at`/api/guilds/${guild.id}/bot`);
    const invite = () => get("/api/setup").then((setup) => setup.invite, () => null);

    const again = () => fill(el, async () => {
        const bot = await load();
        return { bot, invite: bot.missing.length > 0 ? await invite() : null };
    }, show, 4);

    function show({ bot, invite: link }) {
        before = JSON.stringify(bot);
        if (!bot.user) {
            return [stateCard("program", "The bot is not there now",
                "No gateway says who the bot is. It may be starting, or Discord refuses its token: System tells more.",
                button("Look again", again))];
        }
        const head = make("p.bot-head", {}, make("span", {}, "The bot is "),
            make("strong", { dir: "auto" }, bot.user.name || bot.user.id),
            make("span", {}, ". What it may do is looked at every few seconds, so you see when it is mended."));
        if (bot.missing.length === 0 && bot.channels.length === 0) {
            return [head, stateCard("check", "It may do all that it is here for", bot.administrator
                ? "It has Administrator, which is more than it needs: its role can do without." : "")];
        }
        const parts = [];
        if (bot.missing.length > 0) parts.push(everywhere(bot.missing, link));
        if (bot.channels.length > 0) parts.push(inChannels(bot.channels));
        return [head, ...parts];
    }

    function everywhere(missing, link) {
        const rows = missing.map((need) => make("li.need", {}, icon("alert"), make("div", {},
            make("strong", {}, permissionName(need.permission)), make("p.need-for", {}, `For ${need.for}`))));
        const again = link ? [make("p.mend-words", {}, "Or let the bot in once more: this link asks for what it needs, "
            + "and changes nothing else."), copyField("Invite link", link)] : [];
        return part("bot-missing", "It lacks in the whole guild", [make("ul.needs", {}, ...rows),
            mend(`At Discord: Server Settings → Roles → the bot's role → Permissions, and switch on ${
                listed(missing.map(({ permission }) => permissionName(permission)))}.`), ...again]);
    }

    function inChannels(channels) {
        return part("bot-channels", `It lacks in ${number(channels.length)} ${
            channels.length === 1 ? "channel" : "channels"}`, grouped(channels).map((group) => {
            const lack = listed(group.missing.map(permissionName));
            const named = group.channels.slice(0, channelsMost);
            const more = group.channels.length - named.length;
            const unseen = group.missing.includes("VIEW_CHANNEL");
            return make("div.lack", {}, make("h4.lack-title", {}, lack),
                ...(unseen ? [make("p.need-for", {}, unseenWords)] : []),
                make("ul.lack-channels", {}, ...named.map(chip),
                    ...(more > 0 ? [make("li.part-note", {}, `and ${number(more)} more`)] : [])),
                mend("At Discord: the channel (or its category) → Edit → Permissions → the bot's role, and allow "
                    + `${lack}.`));
        }));
    }

    async function refresh() {
        const bot = await load().catch(() => null);         // what is shown stays; the next change asks again
        if (bot && JSON.stringify(bot) !== before) again();
    }

    again();
    return { refresh };
}

function chip({ name, type }) {
    return make("li.channel-chip", {}, icon(voice.includes(type) ? "speaker" : "messages"),
        make("span", { dir: "auto" }, name));
}

function mend(text) {
    return make("p.mend", {}, text);
}

function part(id, title, content) {
    return make("section.bot-part.card", { "aria-labelledby": id }, make("h3.part-title", { id }, title), ...content);
}

function button(label, run) {
    const el = make("button.button", { type: "button" }, label);
    el.addEventListener("click", run);
    return el;
}
