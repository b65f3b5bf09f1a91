// Options of the stat overlay.

import { overlayOptions, placeOptions } from "/shared/overlay-look-options.js";

export const options = overlayOptions([
    { name: "stat", kind: "choice", usual: "members", choices: ["members", "online", "voice"], group: "content",
        label: "Number", about: "Members, members who are online, or people in voice" },
    { name: "label", kind: "text", usual: "", max: 40, group: "content", label: "Label",
        about: "Stands by the number; without it what the number counts" },
    { name: "icon", kind: "text", usual: "auto", max: 16, group: "content", label: "Icon",
        about: "`auto`, `none`, `person`, `online`, `voice`, `star`, `heart`, `flag`, or an emoji" },
    { name: "goal", kind: "number", usual: 0, min: 0, max: 100_000_000, step: 1, group: "content", label: "Goal",
        about: "A number to get to, shown as a bar; 0: none" },
    { name: "hide", kind: "list", usual: [], group: "content", label: "Hide", choices: ["label", "icon", "bar"],
        about: "What is not shown" },
    { name: "layout", kind: "choice", usual: "card",
        choices: ["card", "line", "big"], group: "layout", label: "Layout",
        about: "`card`: icon, number and label; `line`: all in one line; `big`: the number large, centred" },
    ...placeOptions,
]);
