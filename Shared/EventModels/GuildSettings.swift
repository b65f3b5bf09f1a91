package import Base
package import JSON

/// What a guild's managers have set: specs/access.md, "Settings".
package struct GuildSettings: Sendable, Equatable {
    /// Of these channels messages and voice are stored; empty: of all. Sorted, each once.
    package let trackedChannels: [Snowflake]
    /// Whether anything is stored.
    package let history: Bool
    /// Days that rows are kept, where the instance's own bound is not shorter; nil: for as long as that.
    package let retentionDays: Int?
    /// For those who filter what is shown.
    package let badWords: [String]
    /// A name of the IANA time zone database.
    package let timeZone: String
    /// Numbers of members that are told of. Sorted, each once.
    package let milestones: [Int]

    package static let trackedChannelsMax = 500
    package static let daysMax = 365
    package static let badWordsMax = 200
    /// In Unicode scalars.
    package static let badWordMax = 40
    package static let timeZoneBytesMax = 64
    package static let milestonesMax = 50
    package static let milestoneMax = 100_000_000

    /// Where nothing is stored.
    package static let standard = GuildSettings(
        trackedChannels: [],
        history: true,
        retentionDays: nil,
        badWords: [],
        timeZone: "UTC",
        milestones: []
    )

    package init(
        trackedChannels: [Snowflake],
        history: Bool,
        retentionDays: Int?,
        badWords: [String],
        timeZone: String,
        milestones: [Int]
    ) {
        self.trackedChannels = Set(trackedChannels).sorted()
        self.history = history
        self.retentionDays = retentionDays
        self.badWords = badWords
        self.timeZone = timeZone
        self.milestones = Set(milestones).sorted()
    }

    /// Nil for what is no whole settings, or out of their bounds.
    package init?(_ value: JSONValue?) {
        guard let value, let channels = value["trackedChannels"]?.array,
            channels.count <= Self.trackedChannelsMax, let history = value["history"]?.bool,
            let days = value["retentionDays"], days.isNull || 1...Self.daysMax ~= days.int ?? 0,
            let words = value["badWords"]?.array, words.count <= Self.badWordsMax,
            let zone = value["timeZone"]?.string, Self.isTimeZone(zone),
            let milestones = value["milestones"]?.array, milestones.count <= Self.milestonesMax
        else { return nil }
        let ids = channels.compactMap(\.snowflake)
        let texts = words.compactMap(\.string)
        let numbers = milestones.compactMap(\.int).filter { 1...Self.milestoneMax ~= $0 }
        guard ids.count == channels.count, texts.count == words.count, texts.allSatisfy(Self.isBadWord),
            numbers.count == milestones.count
        else { return nil }
        self.init(
            trackedChannels: ids,
            history: history,
            retentionDays: days.int,
            badWords: texts,
            timeZone: zone,
            milestones: numbers
        )
    }

    package init?(decoding text: some Sequence<UInt8>) {
        do throws(JSONError) { self.init(try JSONDocument(parsing: Array(text)).root) } catch { return nil }
    }

    /// The form of a zone's name: `UTC`, or parts of letters, digits, `_`, `+` and `-` joined by slashes, each of which begins
    /// with a letter. Whether there is such a zone is the database's to say.
    package static func isTimeZone(_ name: String) -> Bool {
        if name == "UTC" { return true }
        let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return 2...3 ~= parts.count && name.utf8.count <= timeZoneBytesMax
            && parts.allSatisfy { part in
                guard let first = part.first, isLetter(first) else { return false }
                return part.allSatisfy { isLetter($0) || 0x30...0x39 ~= $0 || "_+-".utf8.contains($0) }
            }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { 0x61...0x7A ~= byte | 0x20 }

    /// Not blank, no control characters.
    package static func isBadWord(_ word: String) -> Bool {
        1...badWordMax ~= word.unicodeScalars.count
            && word.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
            && !word.allSatisfy(\.isWhitespace)
    }

    /// Into an object that the caller has begun.
    package func writeMembers(into json: inout JSONWriter) {
        json.key("trackedChannels")
        json.beginArray()
        for channel in trackedChannels { json.snowflake(channel) }
        json.endArray()
        json.member("history", history)
        json.member("retentionDays", retentionDays)
        json.key("badWords")
        json.beginArray()
        for word in badWords { json.string(word) }
        json.endArray()
        json.member("timeZone", timeZone)
        json.key("milestones")
        json.beginArray()
        for number in milestones { json.int(number) }
        json.endArray()
    }

    package func encoded() -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        writeMembers(into: &json)
        json.endObject()
        return json.takeBytes()
    }
}

/// Settings with their number: what `settings.updated` tells. A later number is a later change, in each guild by itself.
package struct NumberedSettings: Sendable, Equatable {
    package let version: Int64
    package let settings: GuildSettings

    package init(version: Int64, settings: GuildSettings) {
        self.version = version
        self.settings = settings
    }

    /// Nil for an event of another kind, or of another form.
    package init?(_ event: StreamEvent) {
        guard event.kind == .settingsUpdated, let payload = event.payload,
            let version = payload["version"]?.int64, let settings = GuildSettings(payload["settings"])
        else { return nil }
        self.init(version: version, settings: settings)
    }

    /// The event's payload.
    package func payload(by user: Snowflake) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("version", version)
        json.member("by", user)
        json.member("settings", raw: settings.encoded())
        json.endObject()
        return json.takeBytes()
    }
}
