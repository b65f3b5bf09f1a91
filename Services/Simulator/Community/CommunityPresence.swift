internal import Base
internal import JSON

/// How people are there: status, devices, what they play or listen to.
enum CommunityPresence {
    private static let games = [
        "Starfall Arena", "Chess", "Pixel Farm", "Deep Rails", "Hollow Tides", "Kart Legends", "Solitaire",
        "Skyward Isles",
        "Tower of Moths", "Space Truckers", "Mahjong Night", "Puzzle Harbor",
    ]
    private static let songs = [
        "Rain on the Window", "Late Train Home", "Lo-fi Garden", "Midnight Arcade", "Paper Boats",
        "Slow Orbit",
    ]
    private static let moods = [
        "brb, tea", "deep in spreadsheets", "painting miniatures", "on holiday until Monday",
        "looking for a co-op group",
        "studying, ping me", "baking bread again", "just vibing", "reading", "gone fishing 🎣",
    ]

    static func firstStatus(_ random: inout SeededRandom) -> String {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<32: "online"
        case 32..<47: "idle"
        case 47..<57: "dnd"
        default: "offline"
        }
    }

    /// Mostly people drift between online and idle; some come, some go.
    static func nextStatus(_ status: String, crowd: Double, _ random: inout SeededRandom) -> String {
        let draw = Double.random(in: 0..<1, using: &random)
        switch status {
        case "online":
            return draw < 0.45
                ? "idle" : draw < 0.55 ? "dnd" : draw < 0.55 + crowd * 0.4 ? "offline" : "online"
        case "idle": return draw < 0.65 ? "online" : draw < 0.65 + crowd * 0.5 ? "offline" : "idle"
        case "dnd": return draw < 0.5 ? "online" : draw < 0.5 + crowd * 0.3 ? "offline" : "dnd"
        default: return draw < 0.75 ? "online" : draw < 0.9 ? "idle" : "dnd"
        }
    }

    /// A presence without `guild_id`.
    static func state(
        _ user: Snowflake,
        _ status: String,
        _ random: inout SeededRandom,
        _ now: Instant
    ) -> JSONFields {
        var fields = JSONFields()
        fields["user"] = JSONText.object { $0.member("id", user) }
        fields.set("status", status)
        fields["activities"] = status == "offline" ? JSONText.emptyArray : activities(&random, now)
        fields["client_status"] = clients(status, &random)
        return fields
    }

    private static func clients(_ status: String, _ random: inout SeededRandom) -> [UInt8] {
        guard status != "offline" else { return JSONText.emptyObject }
        let draw = Int.random(in: 0..<10, using: &random)
        return JSONText.object { writer in
            if draw < 7 { writer.member("desktop", status) }
            if draw >= 6, draw < 9 { writer.member("mobile", draw == 6 ? "idle" : status) }
            if draw == 9 { writer.member("web", status) }
        }
    }

    private static func activities(_ random: inout SeededRandom, _ now: Instant) -> [UInt8] {
        let started = now.unixMilliseconds - Int64.random(in: 0..<5_400_000, using: &random)
        let draw = Int.random(in: 0..<10, using: &random)
        let game = games[Int.random(in: 0..<games.count, using: &random)]
        let song = songs[Int.random(in: 0..<songs.count, using: &random)]
        let mood = moods[Int.random(in: 0..<moods.count, using: &random)]
        switch draw {
        case 0..<5: return JSONText.emptyArray
        case 5..<8: return activity(0, game, started) { _ in }
        case 8: return activity(2, "Music", started) { $0.member("details", song) }
        default: return activity(4, "Custom Status", started) { $0.member("state", mood) }
        }
    }

    private static func activity(
        _ type: Int,
        _ name: String,
        _ started: Int64,
        _ more: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        let json = JSONText.object { writer in
            writer.member("name", name)
            writer.member("type", type)
            writer.member("created_at", started)
            if type == 0 { writer.member("timestamps", raw: JSONText.object { $0.member("start", started) }) }
            more(&writer)
        }
        return JSONText.array([json])
    }
}
