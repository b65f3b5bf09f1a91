internal import Base

/// Invented names: syllables and words put together, so that nobody real is meant.
struct Names {
    private var random: SeededRandom
    private var usernames: Set<String> = []
    private var displayNames: Set<String> = []

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    private static let onsets = [
        "B", "Br", "C", "D", "Dr", "F", "G", "H", "J", "K", "L", "M", "N", "P", "R", "S", "T", "V", "W", "Z",
        "Th", "Cl",
        "Sh", "",
    ]
    private static let vowels = ["a", "e", "i", "o", "u", "ai", "ia", "eo", "a", "e", "i"]
    private static let middles = ["l", "r", "n", "m", "v", "s", "d", "k", "ll", "nn", "rr", "th", "b", "z"]
    private static let ends = [
        "a", "o", "en", "in", "is", "us", "ar", "el", "ia", "on", "e", "y", "an", "ette", "ric",
    ]
    private static let adjectives = [
        "Quiet", "Lunar", "Sleepy", "Brave", "Cosmic", "Rusty", "Velvet", "Tiny", "Mellow", "Frosty", "Lucky",
        "Salty",
        "Golden", "Wandering", "Electric", "Cozy", "Misty", "Crimson", "Jolly", "Silent", "Amber", "Stormy",
    ]
    private static let nouns = [
        "Otter", "Fox", "Comet", "Pixel", "Waffle", "Raven", "Badger", "Teapot", "Willow", "Moth", "Panda",
        "Cactus",
        "Noodle", "Lantern", "Harbor", "Yeti", "Sparrow", "Pickle", "Nebula", "Biscuit", "Heron", "Maple",
    ]

    /// A name to show and an account name, neither given before.
    mutating func next() -> (username: String, display: String) {
        while true {
            let display = draw()
            var username = display.lowercased().filter { $0.isLetter || $0.isNumber || $0 == "_" }
            if Int.random(in: 0..<3, using: &random) == 0 {
                username += ["_", ".", ""][Int.random(in: 0..<3, using: &random)]
                username += String(Int.random(in: 2..<100, using: &random))
            }
            guard username.count >= 2, !usernames.contains(username), !displayNames.contains(display) else {
                continue
            }
            usernames.insert(username)
            displayNames.insert(display)
            return (username, display)
        }
    }

    private mutating func draw() -> String {
        switch Int.random(in: 0..<10, using: &random) {
        case 0, 1: return pick(Self.adjectives) + pick(Self.nouns)
        case 2: return pick(Self.nouns).lowercased() + "_" + pick(Self.nouns).lowercased()
        case 3: return firstName() + " " + pick(["☕", "🌙", "🎧", "🌿", "✨", "🐸", "🎲", "🌊"])
        case 4: return firstName() + String(Int.random(in: 2..<100, using: &random))
        default: return firstName()
        }
    }

    private mutating func firstName() -> String {
        var name = pick(Self.onsets) + pick(Self.vowels)
        if Int.random(in: 0..<4, using: &random) == 0 { name += pick(Self.middles) + pick(Self.vowels) }
        name += pick(Self.middles) + pick(Self.ends)
        return name.prefix(1).uppercased() + name.dropFirst()
    }

    private mutating func pick(_ list: [String]) -> String {
        list[Int.random(in: 0..<list.count, using: &random)]
    }
}
