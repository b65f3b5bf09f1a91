// The overlays' own words, by language. A language is a row; a test holds all rows to the same words.

const en = {
    someone: "Someone", more: (n) => `and ${n} more`, nobody: "Nobody is in voice", joined: "joined the community",
    link: "link", files: (n, text) => (n === 1 ? "1 file" : `${text} files`), reached: (n) => `${n} members`,
    counts: { members: "members", online: "online", voice: "in voice" }, next: "Next milestone",
    rest: (n) => `${n} to go`, done: "Goal reached", celebration: (n) => `${n} members!`, thanks: "Thank you all",
    now: "now", minutes: (n) => `${n} min`, hours: (n, minutes) => `${n} h ${minutes}`,
    muted: "muted", deafened: "deafened", streaming: "sharing the screen", camera: "camera on",
    needsKey: "this overlay needs a valid key (401)", forbidden: "this key may not see that guild (403)",
    notReady: "the server is not ready yet", waiting: "waiting for the server", noGuild: "there is no such guild here",
    noPreset: "this preset cannot be read",
};
const de = {
    someone: "Jemand", more: (n) => `und ${n} weitere`, nobody: "Niemand ist im Sprachkanal", joined: "ist neu dabei",
    link: "Link", files: (n, text) => (n === 1 ? "1 Datei" : `${text} Dateien`), reached: (n) => `${n} Mitglieder`,
    counts: { members: "Mitglieder", online: "online", voice: "im Gespräch" }, next: "Nächster Meilenstein",
    rest: (n) => `noch ${n}`, done: "Ziel erreicht", celebration: (n) => `${n} Mitglieder!`, thanks: "Danke an alle",
    now: "jetzt", minutes: (n) => `${n} Min.`, hours: (n, minutes) => `${n} Std. ${minutes}`,
    muted: "stumm", deafened: "taub", streaming: "teilt den Bildschirm", camera: "Kamera an",
    needsKey: "dieses Overlay braucht einen gültigen Schlüssel (401)",
    forbidden: "dieser Schlüssel darf die Community nicht sehen (403)",
    notReady: "der Server ist noch nicht bereit", waiting: "warte auf den Server",
    noGuild: "diese Community gibt es hier nicht", noPreset: "diese Vorlage lässt sich nicht lesen",
};
const fr = {
    someone: "Quelqu’un", more: (n) => `et ${n} de plus`, nobody: "Personne en vocal", joined: "nous a rejoints",
    link: "lien", files: (n, text) => (n === 1 ? "1 fichier" : `${text} fichiers`), reached: (n) => `${n} membres`,
    counts: { members: "membres", online: "en ligne", voice: "en vocal" }, next: "Prochain palier",
    rest: (n) => `encore ${n}`, done: "Objectif atteint", celebration: (n) => `${n} membres !`, thanks: "Merci à tous",
    now: "à l’instant", minutes: (n) => `${n} min`, hours: (n, minutes) => `${n} h ${minutes}`,
    muted: "micro coupé", deafened: "son coupé", streaming: "partage son écran", camera: "caméra active",
    needsKey: "cet overlay a besoin d’une clé valable (401)",
    forbidden: "cette clé ne donne pas accès à cette communauté (403)",
    notReady: "le serveur n’est pas encore prêt", waiting: "en attente du serveur",
    noGuild: "cette communauté n’existe pas ici", noPreset: "ce préréglage est illisible",
};
const es = {
    someone: "Alguien", more: (n) => `y ${n} más`, nobody: "Nadie está en voz", joined: "se ha unido",
    link: "enlace", files: (n, text) => (n === 1 ? "1 archivo" : `${text} archivos`), reached: (n) => `${n} miembros`,
    counts: { members: "miembros", online: "en línea", voice: "en voz" }, next: "Próxima meta",
    rest: (n) => `faltan ${n}`, done: "Meta alcanzada", celebration: (n) => `¡${n} miembros!`,
    thanks: "Gracias a todos",
    now: "ahora", minutes: (n) => `${n} min`, hours: (n, minutes) => `${n} h ${minutes}`,
    muted: "sin micrófono", deafened: "sin sonido", streaming: "comparte la pantalla", camera: "cámara encendida",
    needsKey: "este overlay necesita una clave válida (401)", forbidden: "esta clave no puede ver esa comunidad (403)",
    notReady: "el servidor aún no está listo", waiting: "esperando al servidor",
    noGuild: "esa comunidad no existe aquí", noPreset: "esta plantilla no se puede leer",
};

export const languages = Object.freeze({ en, de, fr, es });

/** The words of a language, with its numbers and times. */
export function wordsOf(lang) {
    const words = languages[lang] ?? en;
    const whole = new Intl.NumberFormat(languages[lang] ? lang : "en");
    return {
        ...words,
        number: (value) => whole.format(value),
        /** How long: "now", "4 min", "1 h 05". Clocks may differ: less than nothing is now. */
        elapsed(milliseconds) {
            const minutes = Math.floor(Math.max(0, milliseconds) / 60_000);
            if (minutes < 1) return words.now;
            if (minutes < 60) return words.minutes(minutes);
            return words.hours(whole.format(Math.floor(minutes / 60)), String(minutes % 60).padStart(2, "0"));
        },
    };
}
