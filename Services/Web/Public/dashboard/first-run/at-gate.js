// The first run for who cannot log in yet, since there is nothing to log in to: below the way in.

import { get } from "/shared/api.js";
import { make } from "/shared/dom.js";
import { addStyle } from "../stage.js";
import { Setup, styles } from "./first-run.js";

const every = 3_000;

/** Shows nothing where the server does not tell how it is set up. @param {HTMLElement} main */
export async function showBelow(main) {
    try {
        await get("/api/setup");
    } catch {
        return;                       // not for strangers, once there is a guild; the way in is all there is
    }
    await Promise.all(styles.map(addStyle));
    const el = make("section.first-run-view.at-gate", { "aria-label": "Getting started" });
    main.append(el);
    const setup = Setup(el);
    setup.look();
    setInterval(() => { if (!document.hidden) setup.look(); }, every);
}
