// Runs the *.test.js files in a browser and leaves what came of it in window.__results.

import { tests } from "/tests/unit.js";

for (const file of ["guild", "format", "list", "stream", "share", "overlay", "overlay-options", "overlay-feed", "overlay-kit", "builder", "picture", "access", "feed", "series", "views"]) await import(`/tests/${file}.test.js`);
const results = [];
for (const { name, body } of tests) {
    let error = null;
    try { await body(); } catch (problem) { error = String(problem?.message ?? problem); }
    results.push({ name, error });
    const line = document.createElement("li");
    line.textContent = error ? `✗ ${name}: ${error}` : `✓ ${name}`;
    document.querySelector("#results").append(line);
}
window.__results = results;
