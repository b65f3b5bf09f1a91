/// The tables of events. Every one begins with the columns that each event has.
package enum EventTable: String, CaseIterable, Sendable {
    case presence = "presence_events"
    case message = "message_events"
    case voice = "voice_events"
    case member = "member_events"
    case role = "role_events"

    /// Its place among all.
    var place: Int {
        switch self {
        case .presence: 0
        case .message: 1
        case .voice: 2
        case .member: 3
        case .role: 4
        }
    }

    package static let commonColumns = ["shard", "epoch", "number", "at", "guild_id"]

    /// In the order in which `EventRow` gives the values.
    package var columns: [String] { Self.columns[place] }

    private static let columns = allCases.map(\.allColumns)

    private var allColumns: [String] {
        Self.commonColumns
            + {
                switch self {
                case .presence:
                    ["user_id", "bot", "status", "clients", "activity_type", "activity_name", "online"]
                case .message:
                    [
                        "kind", "channel_id", "message_id", "user_id", "bot", "reply_to", "attachments",
                        "content_length", "content",
                    ]
                case .voice:
                    [
                        "kind", "user_id", "bot", "channel_id", "from_channel_id", "mute", "deaf",
                        "self_mute",
                        "self_deaf", "streaming", "video", "suppress", "synthetic",
                    ]
                case .member: ["kind", "user_id", "bot", "pending", "members", "timeout_until"]
                case .role: ["kind", "user_id", "bot", "role_id", "role_name"]
                }
            }()
    }

    /// Inserts one row; one that is there already stays as it is.
    package var insertStatement: String {
        let places = (1...columns.count).map { "$\($0)" }.joined(separator: ", ")
        return """
            INSERT INTO \(rawValue) (\(columns.joined(separator: ", "))) VALUES (\(places)) ON CONFLICT DO NOTHING
            """
    }
}
