// Options of the feed overlay.

import { overlayOptions, placeOptions, withUsual } from "/shared/overlay-look-options.js";

export const options = overlayOptions([
    { name: "show", kind: "list", usual: ["messages", "joins", "milestones"], group: "content", label: "Show",
        choices: ["messages", "joins", "milestones"], about: "Which kinds of entries" },
    { name: "channel", kind: "list", of: "id", usual: [], also: ["channels"], picks: "text-channel", group: "content",
        label: "Channels", about: "Messages of these channels alone: ids, repeated or comma-separated" },
    { name: "limit", kind: "number", usual: 6, min: 1, max: 30, step: 1, group: "content", label: "At most",
        about: "So many entries" },
    { name: "length", kind: "number", usual: 160, min: 20, max: 500, step: 10, group: "content", label: "Length",
        about: "So many characters of a message" },
    { name: "fade", kind: "number", usual: 0, min: 0, max: 600, step: 1, group: "content", label: "Fade after",
        about: "Seconds after which an entry goes; 0: it stays until others push it out" },
    { name: "words", kind: "list", of: "text", usual: [], most: 200, max: 40, group: "content", label: "Bad words",
        about: "Comma-separated, on top of the guild's own. A `*` at an end stands for any letters" },
    { name: "filter", kind: "choice", usual: "mask",
        choices: ["mask", "drop"], group: "content", label: "Bad words are",
        about: "`mask`: shown as dots; `drop`: the whole message is left out" },
    { name: "links", kind: "choice", usual: "hide",
        choices: ["hide", "site", "show"], group: "content", label: "Links",
        about: "`hide`: the word “link” stands for one; `site`: its site's name; `show`: as written" },
    { name: "hide", kind: "list", usual: [], group: "content", label: "Hide",
        choices: ["names", "avatars", "channels", "bots", "webhooks"], about: "What is not shown" },
    { name: "layout", kind: "choice", usual: "cards", choices: ["cards", "lines"], group: "layout", label: "Layout",
        about: "`cards`: each entry on a plate; `lines`: close together, as in a chat" },
    { name: "newest", kind: "choice", usual: "last", choices: ["last", "first"], group: "layout", label: "Newest",
        about: "Whether the newest entry stands last or first" },
    ...withUsual(placeOptions, { valign: "bottom" }),
]);
