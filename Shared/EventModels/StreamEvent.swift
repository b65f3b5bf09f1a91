package import Base
package import JSON

/// One event, as it goes over link, bus and SSE: its envelope is encoded once, by the gateway, and carried unchanged.
///
/// The envelope is exactly `{"id":"…","event":"…","guild":"…","ts":…,"payload":{…}}`: these members, this order, no
/// blanks. `ts` is when the gateway made the event, in Unix milliseconds.
package struct StreamEvent: Sendable, Equatable {
    package let id: EventID
    /// Nil for a kind that this version does not know; such events are stored and passed on, never shown.
    package let kind: EventKind?
    package let name: String
    package let guild: Snowflake
    package let ts: Int64
    package let envelope: [UInt8]
    private let payloadStart: Int

    /// Longest name of an event.
    package static let nameBytesMax = 64

    /// Puts the envelope together. `payload` is a JSON object.
    package init(id: EventID, kind: EventKind, guild: Snowflake, ts: Int64, payload: [UInt8]) {
        self.init(id: id, kind: kind, guild: guild, ts: ts, reserving: payload.count + 128) {
            $0.raw(payload)
        }
    }

    /// `fill` writes the payload's members, straight into the envelope.
    package init(
        id: EventID,
        kind: EventKind,
        guild: Snowflake,
        ts: Int64,
        _ fill: (inout JSONWriter) -> Void
    ) {
        self.init(id: id, kind: kind, guild: guild, ts: ts, reserving: 768) { writer in
            writer.beginObject()
            fill(&writer)
            writer.endObject()
        }
    }

    private init(
        id: EventID,
        kind: EventKind,
        guild: Snowflake,
        ts: Int64,
        reserving capacity: Int,
        payload: (inout JSONWriter) -> Void
    ) {
        var writer = JSONWriter(reserving: capacity)
        writer.beginObject()
        writer.key("id")
        writer.pair(id.epoch, id.number)
        writer.member("event", kind.rawValue)
        writer.member("guild", guild)
        writer.member("ts", ts)
        writer.key("payload")
        payloadStart = writer.count
        payload(&writer)
        writer.endObject()
        self.id = id
        self.kind = kind
        name = kind.rawValue
        self.guild = guild
        self.ts = ts
        envelope = writer.takeBytes()
    }

    /// Finds the envelope's fields without reading the payload; the bytes must be JSON already checked or trusted.
    package init(parsing envelope: [UInt8]) throws(EnvelopeError) {
        var scan = EnvelopeScan(bytes: envelope)
        try scan.expect("{\"id\":\"")
        guard let id = EventID(bytes: try scan.text(bytesMax: 41)) else { throw .malformed(at: scan.at) }
        try scan.expect(",\"event\":\"")
        let nameBytes = try scan.text(bytesMax: Self.nameBytesMax)
        guard !nameBytes.isEmpty, nameBytes.allSatisfy({ 0x61...0x7A ~= $0 || $0 == 0x2E || $0 == 0x5F })
        else {
            throw .malformed(at: scan.at)
        }
        try scan.expect(",\"guild\":\"")
        guard let guild = UInt64(decimal: try scan.text(bytesMax: 20)) else { throw .malformed(at: scan.at) }
        try scan.expect(",\"ts\":")
        let ts = try scan.number()
        try scan.expect(",\"payload\":")
        guard envelope.count >= scan.at + 3, envelope[scan.at] == 0x7B, envelope[envelope.count - 1] == 0x7D,
            envelope[envelope.count - 2] == 0x7D
        else { throw .malformed(at: scan.at) }
        // It goes to viewers as one line, where a line end among JSON's blanks would begin another field.
        if let control = envelope.firstIndex(where: { $0 < 0x20 }) { throw .malformed(at: control) }
        let name = String(decoding: nameBytes, as: UTF8.self)
        self.id = id
        kind = EventKind(name: name)
        self.name = kind?.rawValue ?? name
        self.guild = Snowflake(guild)
        self.ts = ts
        self.envelope = envelope
        payloadStart = scan.at
    }

    /// The payload's bytes, an object.
    package var payloadBytes: ArraySlice<UInt8> { envelope[payloadStart..<envelope.count - 1] }

    /// The payload, read now; nil where it is no JSON, which a gateway of ours does not send.
    package var payload: JSONValue? {
        do throws(JSONError) {
            return try JSONDocument(parsing: Array(payloadBytes)).root
        } catch {
            return nil
        }
    }
}

/// An envelope that is not in the one form there is.
package enum EnvelopeError: Error, Equatable {
    case malformed(at: Int)
}

/// Steps through an envelope's fixed layout.
private struct EnvelopeScan {
    let bytes: [UInt8]
    var at = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func expect(_ literal: String) throws(EnvelopeError) {
        let expected = literal.utf8.span
        guard expected.count <= bytes.count - at else { throw .malformed(at: at) }
        for index in 0..<expected.count where bytes[at + index] != expected[index] {
            throw .malformed(at: at)
        }
        at += expected.count
    }

    /// Up to the closing quote, which is taken too. Ids and names hold no escapes.
    mutating func text(bytesMax: Int) throws(EnvelopeError) -> ArraySlice<UInt8> {
        let start = at
        while at < bytes.count, bytes[at] != 0x22 {
            guard bytes[at] != 0x5C, at - start < bytesMax else { throw .malformed(at: at) }
            at += 1
        }
        guard at < bytes.count else { throw .malformed(at: at) }
        at += 1
        return bytes[start..<at - 1]
    }

    mutating func number() throws(EnvelopeError) -> Int64 {
        let start = at
        while at < bytes.count, 0x30...0x39 ~= bytes[at] { at += 1 }
        guard let value = UInt64(decimal: bytes[start..<at]), let number = Int64(exactly: value) else {
            throw .malformed(at: start)
        }
        return number
    }
}
