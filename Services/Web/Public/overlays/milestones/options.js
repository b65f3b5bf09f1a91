// Options of the milestones overlay.

import { overlayOptions, placeOptions } from "/shared/overlay-look-options.js";

export const options = overlayOptions([
    { name: "milestones", kind: "list", of: "text", usual: [], most: 50, max: 9,
        group: "content", label: "Milestones",
        about: "Numbers of members, comma-separated; without it the guild's own, and without those 100, 250, 500,"
            + " 1,000, 2,500, 5,000, 10,000 and so on" },
    { name: "title", kind: "text", usual: "", max: 40, group: "content", label: "Title",
        about: "Stands above; without it “Next milestone”" },
    { name: "celebrate", kind: "choice", usual: "confetti", choices: ["confetti", "banner", "none"], group: "content",
        label: "Celebration", about: "What happens when a milestone is reached" },
    { name: "message", kind: "text", usual: "", max: 80, group: "content", label: "Words of the celebration",
        about: "`{n}` stands for the number; without it “{n} members!”" },
    { name: "seconds", kind: "number", usual: 8, min: 3, max: 60, step: 1, group: "content", label: "Seconds",
        about: "How long the celebration lasts" },
    { name: "hide", kind: "list", usual: [],
        group: "content", label: "Hide", choices: ["title", "count", "bar", "rest"],
        about: "What is not shown. All four: nothing is seen but the celebration" },
    { name: "layout", kind: "choice", usual: "card",
        choices: ["card", "line", "ring"], group: "layout", label: "Layout",
        about: "`card`: a bar below the numbers; `line`: one line; `ring`: a ring around the number" },
    ...placeOptions,
]);
