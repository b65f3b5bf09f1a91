// Options of the voice overlay.

import { overlayOptions, placeOptions } from "/shared/overlay-look-options.js";

export const options = overlayOptions([
    { name: "channel", kind: "list", of: "id", usual: [], also: ["channels"], picks: "voice-channel",
        group: "content",
        label: "Channels",
        about: "Channel ids, repeated or comma-separated; without it every channel with somebody in it" },
    { name: "max", kind: "number", usual: 25, min: 1, max: 99, step: 1, group: "content", label: "At most",
        about: "So many people; the others appear as “and N more”" },
    { name: "hide", kind: "list", usual: [], group: "content", label: "Hide",
        choices: ["names", "avatars", "marks", "titles", "bots"],
        about: "What is not shown. Titles show unless exactly one channel is named" },
    { name: "time", kind: "flag", usual: false, group: "content", label: "Time in room",
        about: "Shows how long each one has been in the room, where somebody saw them come" },
    { name: "empty", kind: "flag", usual: false, group: "content", label: "Say when empty",
        about: "Says that nobody is there; without it nothing is shown" },
    { name: "layout", kind: "choice", usual: "list",
        choices: ["list", "row", "faces"], group: "layout", label: "Layout",
        about: "`list`: one below the other; `row`: side by side; `faces`: side by side, large, with names below" },
    ...placeOptions,
]);
