internal import JSON

extension CommandLedger {
    /// Two members: what is under way, and what has ended, oldest first.
    func writeMembers(into writer: inout JSONWriter) {
        writer.key("commandsOpen")
        writer.beginArray()
        for (key, entry) in open.sorted(by: { $0.key < $1.key }) {
            writer.beginObject()
            writer.member("key", key)
            writer.member("begun", entry.begun)
            writer.member("deadline", entry.deadline)
            writer.member("arguments", raw: entry.arguments)
            writer.endObject()
        }
        writer.endArray()
        writer.key("commandsEnded")
        writer.beginArray()
        for (key, entry) in endedInOrder {
            writer.beginObject()
            writer.member("key", key)
            writer.member("begun", entry.begun)
            writer.member("at", entry.at)
            writer.member("fingerprint", Self.hex(entry.fingerprint))
            writer.member("result", raw: entry.result)
            writer.endObject()
        }
        writer.endArray()
    }

    /// A checkpoint of a version before there were commands has none of it. Nil: an entry that is none.
    init?(checkpoint root: JSONValue, limits: Limits = Limits()) {
        self.init(limits: limits)
        for value in root["commandsOpen"]?.array.map(Array.init) ?? [] {
            guard let key = value["key"]?.string, let begun = value["begun"]?.int64,
                let deadline = value["deadline"]?.int64, let arguments = value["arguments"]
            else { return nil }
            begin(key, arguments: Array(arguments.raw), wall: begun, deadline: deadline)
        }
        for value in root["commandsEnded"]?.array.map(Array.init) ?? [] {
            guard let key = value["key"]?.string, let begun = value["begun"]?.int64,
                let at = value["at"]?.int64, let result = value["result"],
                let fingerprint = value["fingerprint"]?.string.flatMap(Self.bytes(hex:))
            else { return nil }
            keep(Ended(fingerprint: fingerprint, begun: begun, at: at, result: Array(result.raw)), under: key)
        }
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func bytes(hex text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            let pair = String(decoding: digits[index..<index + 2], as: UTF8.self)
            guard let byte = UInt8(pair, radix: 16) else { return nil }
            bytes.append(byte)
        }
        return bytes
    }
}
