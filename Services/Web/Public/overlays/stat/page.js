// The stat overlay as a page of its own.

import { startOverlay } from "/shared/overlay-page.js";
import { overlay } from "/overlays/stat/stat.js";

startOverlay(overlay, document.querySelector(".stat-overlay"));
