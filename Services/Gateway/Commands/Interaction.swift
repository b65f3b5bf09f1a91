package import Base
package import JSON

/// What it takes to answer an interaction of Discord (documentation, "Receiving and Responding to Interactions").
package struct Interaction: Sendable, Equatable {
    /// Discord's numbers.
    package enum Kind: UInt8, Sendable, CaseIterable {
        case command = 2
        case component = 3
        case autocomplete = 4
        case modal = 5
    }

    package let id: Snowflake
    package let application: Snowflake
    /// Good for 15 minutes, and enough to speak in the application's name there: in no event and no log.
    package let token: Secret
    package let kind: Kind
    /// Unix milliseconds, our clock.
    package let received: Int64

    /// Nil for a PING, which does not come over the gateway, and for kinds of later versions.
    package init?(_ data: JSONValue, received: Int64) {
        guard let id = data["id"]?.snowflake, let application = data["application_id"]?.snowflake,
            let token = data["token"]?.string, !token.isEmpty,
            let kind = data["type"]?.int.flatMap({ UInt8(exactly: $0) }).flatMap({ Kind(rawValue: $0) })
        else { return nil }
        self.id = id
        self.application = application
        self.token = Secret(token)
        self.kind = kind
        self.received = received
    }

    /// How old it was when it came, by Discord's time in its id and our clock; never below zero.
    package var lateness: Duration {
        .milliseconds(max(0, received - Int64(clamping: id.unixMilliseconds)))
    }

    func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", id)
        writer.member("application_id", application)
        writer.member("token", token.exposed)
        writer.member("type", Int(kind.rawValue))
        writer.member("received", received)
        writer.endObject()
    }
}

/// The interactions whose tokens may still be good: a part of what the journal says.
package struct InteractionTable: Sendable, Equatable {
    package static let countMax = 10_000
    /// In milliseconds; Discord's.
    package static let ageMax: Int64 = 15 * 60_000

    private var entries: [Snowflake: Interaction] = [:]
    /// In the order in which they came.
    private var order: [Snowflake] = []

    package init() {}

    package static func == (left: Self, right: Self) -> Bool { left.inOrder == right.inOrder }

    package var count: Int { entries.count }
    package subscript(id: Snowflake) -> Interaction? { entries[id] }

    package var inOrder: [Interaction] { order.compactMap { entries[$0] } }

    /// The oldest go for want of room: who wants to answer one of those is told that it is not known.
    package mutating func take(_ interaction: Interaction) {
        guard entries.updateValue(interaction, forKey: interaction.id) == nil else { return }
        order.append(interaction.id)
        var gone = 0
        while gone < order.count, let oldest = entries[order[gone]],
            entries.count > Self.countMax || interaction.received - oldest.received > Self.ageMax
        {
            entries[order[gone]] = nil
            gone += 1
        }
        order.removeFirst(gone)
    }
}

extension Interaction {
    /// Discord's code for a first response where there was one.
    static let alreadyAcknowledged = 40060
}
