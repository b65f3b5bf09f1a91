import Base
import EventModels
import JSON

/// A key that somebody wants, checked: what is in it they may have themselves.
struct KeyDraft {
    let kind: KeyGrant.Kind
    let name: String
    let scopes: Set<Scope>
    let channels: Set<Snowflake>
    let events: Set<KindPattern>
    /// Unix milliseconds.
    let expires: Int64

    /// Milliseconds.
    static let lifetimeMax: Int64 = KeyGrant.lifetimeMax * 1000
    static let lifetimeStandard: Int64 = 365 * 86_400_000
    static let lifetimeMin: Int64 = 60_000

    /// `body` is of the shape that the table says.
    init(_ body: JSONValue?, now: Int64) throws(Problem) {
        guard let kind = body?["kind"]?.string.flatMap({ KeyGrant.Kind(rawValue: $0) }),
            let name = body?["name"]?.string
        else { throw .invalid("The body must have kind and name.") }
        self.kind = kind
        guard name.contains(where: { !$0.isWhitespace }),
            name.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else { throw .invalid("name must have something to read, and no control characters.") }
        self.name = name
        let scopes = Set(Self.texts(body, "scopes").compactMap { Scope(rawValue: $0) })
        self.scopes = scopes.isEmpty ? [.stream] : scopes
        guard kind == .api || self.scopes == [.stream] else {
            throw .invalid(
                "An overlay's key has the scope stream and no other. For a program, make an api key."
            )
        }
        channels = Set(Self.texts(body, "channels").compactMap { Snowflake($0) })
        var events: Set<KindPattern> = []
        for text in Self.texts(body, "events") {
            guard let pattern = KindPattern(text), Self.isKind(pattern) else {
                throw .invalid(
                    "events holds “\(text.prefix(40))”; there is no such kind. Take voice.joined or voice.*."
                )
            }
            events.insert(pattern)
        }
        self.events = events
        expires = body?["expires"]?.int64 ?? now + Self.lifetimeStandard
        guard expires >= now + Self.lifetimeMin else {
            throw .invalid("expires must be a minute from now at least.")
        }
        guard expires <= now + Self.lifetimeMax else { throw .invalid("expires must be within two years.") }
    }

    /// One that viewers may be shown.
    private static func isKind(_ pattern: KindPattern) -> Bool {
        EventKind.allCases.contains { $0.audience != .internal && pattern.matches($0.rawValue) }
    }

    private static func texts(_ body: JSONValue?, _ name: String) -> [String] {
        body?[name]?.array.map { $0.compactMap(\.string) } ?? []
    }

    /// Nobody gives what they do not have.
    static func check(_ channels: Set<Snowflake>, _ look: GuildLook) throws(Problem) {
        for channel in channels.sorted() where !look.sight.has(.view, in: channel) {
            throw .invalid("You do not see the channel \(channel), so no key of yours can.")
        }
    }
}
