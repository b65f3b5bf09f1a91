// Making elements. Text goes in as text, never as markup.

/**
 * @param {string} name  tag, with classes after dots: "span.avatar"
 * @param {Record<string, string>} [attributes]
 * @param {...(Node|string)} children
 */
export function make(name, attributes = {}, ...children) {
    const [tag, ...classes] = name.split(".");
    const element = document.createElement(tag);
    if (classes.length) element.className = classes.join(" ");
    for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
    element.append(...children);
    return element;
}

/** Sets the text only where it differs, so that nothing is redrawn or announced for nothing. */
export function setText(element, text) {
    if (element.textContent !== text) element.textContent = text;
}

const paths = {
    speaker: ["M4 9.5v5h3.2L12 18.5v-13L7.2 9.5z", "M15.5 9a4.2 4.2 0 0 1 0 6", "M18 6.5a7.8 7.8 0 0 1 0 11"],
    stage: ["M12 13.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3z", "M8.5 15.5a5 5 0 1 1 7 0", "M6 18a8.5 8.5 0 1 1 12 0"],
    mute: ["M9 9v2a3 3 0 0 0 4.8 2.4M15 11V6.5a3 3 0 0 0-5.7-1.3", "M6 11a6 6 0 0 0 9.4 4.9M18 11a6 6 0 0 1-.5 2.4",
        "M12 17v3.5", "M4 3.5l16 17"],
    deaf: ["M4.5 16v-3.5a7.5 7.5 0 0 1 2-5.1M9.2 5.5a7.5 7.5 0 0 1 10.3 7V15",
        "M4.5 14h3v5.5h-1.5a1.5 1.5 0 0 1-1.5-1.5z", "M16.5 14h3", "M4 3.5l16 17"],
    stream: ["M4 5h16v11H4z", "M9 20h6", "M10.5 8.2v4.6l4-2.3z"],
    video: ["M4 7h10.5v10H4z", "M14.5 11l5.5-3v8l-5.5-3"],
    messages: ["M4.5 5h15v11h-8.5l-4 3.5V16h-2.5z"],
    chart: ["M4 20V4M4 20h16", "M8.5 16v-5M13 16V7.5M17.5 16v-3"],
    pulse: ["M12 20.5c-5-3.6-8.5-6.9-8.5-10.8A4.7 4.7 0 0 1 12 7a4.7 4.7 0 0 1 8.5 2.7c0 3.9-3.5 7.2-8.5 10.8z",
        "M6.5 11.5h3l1.5-3 2.5 6 1.5-3h2.5"],
    search: ["M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13z", "M15.5 15.5L20.5 20.5"],
    pause: ["M8.5 5.5v13M15.5 5.5v13"],
    play: ["M8 5.5v13l10.5-6.5z"],
    clock: ["M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16z", "M12 7.5V12l3 2"],
    activity: ["M3.5 12h4l2.5-6.5 4 13 2.5-6.5h4"],
    sun: ["M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8z", "M12 3v2M12 19v2M3 12h2M19 12h2",
        "M5.6 5.6l1.4 1.4M17 17l1.4 1.4M18.4 5.6L17 7M7 17l-1.4 1.4"],
    moon: ["M19.5 14.2A8 8 0 0 1 9.8 4.5a8 8 0 1 0 9.7 9.7z"],
    auto: ["M4 5h16v11H4z", "M9 20h6", "M12 16v4"],
    down: ["M12 5v13", "M6.5 12.5L12 18l5.5-5.5"],
    chevron: ["M7 10l5 5 5-5"],
    key: ["M8 15.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9z", "M12.5 11H21v3.5M17.5 11v3"],
    copy: ["M9 8.5h10.5V20H9z", "M15 8.5V4H4.5v11.5H9"],
    check: ["M4.5 12.5l5 5 10-11"],
    close: ["M6 6l12 12M18 6L6 18"],
    plus: ["M12 5v14M5 12h14"],
    alert: ["M12 4L2.8 19.5h18.4z", "M12 10v4.2M12 17v.1"],
    person: ["M12 11.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8z", "M4.5 20.5c.6-4 3.6-6 7.5-6s6.9 2 7.5 6"],
    leave: ["M13.5 4.5H5v15h8.5", "M10 12h10.5M16.5 8l4 4-4 4"],
    settings: ["M4 7h9M17.5 7H20M4 17h2.5M11 17h9", "M15.2 9.3a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6z",
        "M8.7 19.3a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6z"],
    book: ["M5 4.5h11.5a2.5 2.5 0 0 1 2.5 2.5v12.5H7.5A2.5 2.5 0 0 1 5 17z", "M5 17a2.5 2.5 0 0 1 2.5-2.5H19"],
    screen: ["M3.5 5h17v11.5h-17z", "M8.5 20h7M12 16.5V20"],
    phone: ["M7.5 3.5h9v17h-9z", "M11 17.8h2"],
    program: ["M3.5 5h17v14h-17z", "M7 9.5l3 2.5-3 2.5M12 15h4.5"],
    online: ["M12 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z", "M7 17a7 7 0 0 1 0-10M17 7a7 7 0 0 1 0 10",
        "M4 20A11.3 11.3 0 0 1 4 4M20 4a11.3 11.3 0 0 1 0 16"],
    star: ["M12 3.5l2.6 5.4 5.9.8-4.3 4.1 1 5.9-5.2-2.8-5.2 2.8 1-5.9L3.5 9.7l5.9-.8z"],
    heart: ["M12 20S4 15.2 4 9.6A4.3 4.3 0 0 1 12 7.3a4.3 4.3 0 0 1 8 2.3C20 15.2 12 20 12 20z"],
    flag: ["M6 21V4M6 4.8c4-2.3 7 2 12 0v9c-5 2-8-2.3-12 0"],
    list: ["M8.5 6.5h11.5M8.5 12h11.5M8.5 17.5h11.5", "M4.5 6.5v.1M4.5 12v.1M4.5 17.5v.1"],
    turn: ["M5 12a7 7 0 0 1 12-5l2.5 2.5M19.5 5v4.5H15", "M19 12a7 7 0 0 1-12 5l-2.5-2.5M4.5 19v-4.5H9"],
};

/**
 * A line icon, 24 units wide, in the colour of the text.
 * @param {keyof typeof paths} name
 * @param {string} [label]  what it says; without one it is decoration
 */
export function icon(name, label) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("class", "icon");
    if (label) {
        svg.setAttribute("role", "img");
        svg.setAttribute("aria-label", label);
        const title = document.createElementNS("http://www.w3.org/2000/svg", "title");
        title.textContent = label;
        svg.append(title);
    } else {
        svg.setAttribute("aria-hidden", "true");
    }
    for (const data of paths[name]) {
        const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
        path.setAttribute("d", data);
        svg.append(path);
    }
    return svg;
}

export const markLabels = { mute: "muted", deaf: "deafened", stream: "sharing the screen", video: "camera on" };
