// The feed overlay as a page of its own.

import { startOverlay } from "/shared/overlay-page.js";
import { overlay } from "/overlays/feed/feed.js";

startOverlay(overlay, document.querySelector(".feed-overlay"));
