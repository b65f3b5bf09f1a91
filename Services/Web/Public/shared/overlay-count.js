// A number that runs to its next value. It says the value itself at once to who cannot see it run.

const runFor = 900;                 // milliseconds

/** How far a number has run after so long: fast first, then slower. */
export function countAt(from, to, passed) {
    const part = Math.min(1, Math.max(0, passed / runFor));
    return part === 1 ? to : Math.round(from + (to - from) * (1 - (1 - part) ** 3));
}

/** @param {HTMLElement} element @param {(value: number) => string} format */
export function CountUp(element, format) {
    const stillness = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)");
    let shown = null;
    let target = null;
    let frame = null;

    function write(value) {
        shown = value;
        const text = format(value);
        if (element.textContent !== text) element.textContent = text;
    }

    return {
        set(value, animate) {
            if (value === target) return;
            target = value;
            cancelAnimationFrame(frame);
            if (!animate || shown === null || stillness?.matches) return write(value);
            const from = shown;
            const start = performance.now();
            const run = (now) => {
                write(countAt(from, value, now - start));
                if (shown !== value) frame = requestAnimationFrame(run);
            };
            frame = requestAnimationFrame(run);
        },
        close: () => cancelAnimationFrame(frame),
    };
}
