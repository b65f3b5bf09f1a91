// The scene overlay as a page of its own.

import { startOverlay } from "/shared/overlay-page.js";
import { overlay } from "/overlays/scene/scene.js";

startOverlay(overlay, document.querySelector(".scene-overlay"));
