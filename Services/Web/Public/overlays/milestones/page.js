// The milestones overlay as a page of its own.

import { startOverlay } from "/shared/overlay-page.js";
import { overlay } from "/overlays/milestones/milestones.js";

startOverlay(overlay, document.querySelector(".milestones-overlay"));
