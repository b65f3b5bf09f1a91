package import Base
internal import JSON

/// Signs keys and believes those that are signed: `gwk1.<payload>.<mac>`, see specs/access.md, "Keys". Nobody has to be asked.
package struct KeySigner: Sendable {
    private let signing: SigningKeys
    private let known = KnownTokens<KeyGrant>(bytesMax: 1_024)

    package init(_ signing: SigningKeys) { self.signing = signing }

    package init(_ secrets: [Secret]) { self.init(SigningKeys(secrets)) }

    /// The key's text, which whoever has it may do all that the grant says.
    package func mint(_ grant: KeyGrant) -> String {
        var json = JSONWriter()
        json.beginObject()
        json.member("k", grant.kind.rawValue)
        json.member("n", grant.id)
        json.member("g", grant.guild)
        json.member("m", grant.maker)
        json.key("i")
        json.int64(grant.issued)
        json.key("e")
        json.int64(grant.expires)
        json.strings("s", grant.scopes.sorted().map(\.rawValue))
        json.strings("c", grant.channels.sorted().map(\.description))
        json.strings("p", grant.events.map(\.text).sorted())
        json.endObject()
        return signing.signed(json.takeBytes(), as: Self.form)
    }

    /// What a key's text allows, or why it counts for nothing. `now` is in Unix seconds. Whether it was revoked is
    /// `RevocationList`'s to say.
    package func grant(_ token: [UInt8], now: Int64) throws(KeyRefusal) -> KeyGrant {
        let known = self.known.value(of: token)
        let grant = if let known { known } else { try verified(token) }
        guard grant.issued <= now + Session.skewMax else { throw .notYetIssued }
        guard grant.expires - grant.issued <= KeyGrant.lifetimeMax else { throw .tooLongLived }
        guard now < grant.expires else { throw .expired }
        // What is refused would only take a place.
        if known == nil { self.known.keep(grant, token) }
        return grant
    }

    /// Keys that are kept with what they say.
    package var knownCount: Int { known.count }

    private static let form = SigningKeys.Form("gwk", version: 1)

    private func verified(_ token: [UInt8]) throws(KeyRefusal) -> KeyGrant {
        guard token.count <= KeyToken.bytesMax else { throw .tooLong }
        let payload: [UInt8]
        do throws(SigningKeys.Flaw) { payload = try signing.payload(of: token, as: Self.form) } catch {
            switch error {
            case .malformed: throw .malformed
            case .otherVersion: throw .otherVersion
            case .forged: throw .forged
            }
        }
        guard let grant = Self.read(payload) else { throw .malformed }
        return grant
    }

    /// Members that are not known are of later versions of ours, and ignored; a scope, channel or kind that is not known
    /// makes a key none, for what is left would not be what was meant.
    private static func read(_ payload: [UInt8]) -> KeyGrant? {
        let root: JSONValue
        do throws(JSONError) { root = try JSONDocument(parsing: payload).root } catch { return nil }
        guard let kind = root["k"]?.string.flatMap({ KeyGrant.Kind(rawValue: $0) }),
            let id = root["n"]?.string, Session.isID(id),
            let guild = id64(root["g"]), let maker = id64(root["m"]),
            let issued = root["i"]?.int64, let expires = root["e"]?.int64,
            0 <= issued, issued < expires, expires <= Session.timeMax,
            let scopes = list(root["s"], max: Scope.allCases.count, { Scope(rawValue: $0) }), !scopes.isEmpty,
            let channels = list(root["c"], max: KeyGrant.channelsMax, { plainID($0) }),
            let events = list(root["p"], max: KeyGrant.eventsMax, { KindPattern($0) }),
            kind == .api || scopes == [.stream]
        else { return nil }
        return KeyGrant(
            kind: kind,
            id: id,
            guild: guild,
            maker: maker,
            issued: issued,
            expires: expires,
            scopes: scopes,
            channels: channels,
            events: events
        )
    }

    private static func id64(_ value: JSONValue?) -> Snowflake? { value?.string.flatMap { plainID($0) } }

    /// Of one form only.
    private static func plainID(_ text: String) -> Snowflake? {
        guard let id = Snowflake(text), id.rawValue > 0, id.description == text else { return nil }
        return id
    }

    /// Nil unless there is a list of at most `max` texts, each of which is one.
    private static func list<One: Hashable>(_ value: JSONValue?, max: Int, _ one: (String) -> One?) -> Set<
        One
    >? {
        guard let array = value?.array, array.count <= max else { return nil }
        var all: Set<One> = []
        for element in array {
            guard let one = element.string.flatMap({ one($0) }) else { return nil }
            all.insert(one)
        }
        return all
    }
}

extension JSONWriter {
    /// A member with an array of texts.
    mutating func strings(_ name: StaticString, _ texts: [String]) {
        key(name)
        beginArray()
        for text in texts { string(text) }
        endArray()
    }
}
