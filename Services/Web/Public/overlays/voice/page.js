// The voice overlay as a page of its own.

import { startOverlay } from "/shared/overlay-page.js";
import { overlay } from "/overlays/voice/voice.js";

startOverlay(overlay, document.querySelector(".voice-overlay"));
