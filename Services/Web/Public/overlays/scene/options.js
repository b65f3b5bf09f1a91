// Options of the scene: several overlays in one page. Options of a part have its name before them: `voice.max=5`,
// `stat-2.stat=online`. Those of the look count for all parts, and a part may say otherwise: `feed.style=glass`.

import { overlayOptions } from "/shared/overlay-look-options.js";
import { arrangementNames } from "/overlays/scene/places.js";

export const options = overlayOptions([
    { name: "arrangement", kind: "choice", usual: "corners", choices: [...arrangementNames], group: "layout",
        label: "Arrangement", about: "Where the parts stand, unless `place` says it" },
    { name: "place", kind: "list", of: "place", usual: [], most: 12, max: 80, group: "layout", label: "Places",
        about: "`part:left,top,width,height` in percent of the page, repeated or separated by `;`. A part is `voice`,"
            + " `feed`, `stat`, `milestones`, or one of these with an ending of its own, such as `stat-2`" },
]);
