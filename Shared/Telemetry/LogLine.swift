/// One line before it is bytes. Pure: the time comes in.
struct LogLine {
    let unixMicroseconds: Int64
    let level: LogLevel
    let service: String
    let text: String
    let fields: LogFields

    /// Longest value, in bytes; what is longer is cut and ends with "…", so that no peer can fill a disk by one line.
    static let valueBytesMax = 2000

    /// The line with its line end.
    func encoded(as format: LogFormat) -> [UInt8] {
        switch format {
        case .json: json()
        case .text: plain()
        }
    }

    private func json() -> [UInt8] {
        var line = LineWriter()
        line.add(#"{"ts":""#)
        line.add(Timestamp.text(unixMicroseconds: unixMicroseconds))
        line.add(#"","level":""#)
        line.add(level.rawValue)
        line.add(#"","service":"#)
        line.addQuoted(service)
        line.add(#","msg":"#)
        line.addQuoted(text)
        for pair in fields.pairs where !Self.reserved.contains(pair.key.name) {
            line.add(",")
            line.addQuoted(pair.key.name)
            line.add(":")
            line.add(pair.value)
        }
        line.add("}\n")
        return line.bytes
    }

    private static let reserved: Set<String> = ["ts", "level", "service", "msg"]

    private func plain() -> [UInt8] {
        var line = LineWriter()
        line.add(Timestamp.text(unixMicroseconds: unixMicroseconds))
        line.add(" ")
        line.add(level.rawValue.uppercased())
        line.add(" ")
        line.add(service)
        line.add(": ")
        line.add(text)
        for pair in fields.pairs {
            line.add("  ")
            line.add(pair.key.name)
            line.add("=")
            line.add(pair.value)
        }
        line.add("\n")
        return line.bytes
    }
}

/// Appends text and JSON values to bytes.
private struct LineWriter {
    var bytes: [UInt8] = []

    mutating func add(_ text: String) { bytes.append(contentsOf: text.utf8) }

    mutating func add(_ value: LogValue) {
        switch value {
        case .string(let text): addQuoted(text)
        case .int(let number): add(String(number))
        case .double(let number): number.isFinite ? add(String(number)) : addQuoted(String(number))
        case .bool(let flag): add(flag ? "true" : "false")
        }
    }

    /// A JSON string of RFC 8259; U+2028 and U+2029, which some readers take for line ends, escaped too.
    mutating func addQuoted(_ text: String) {
        bytes.append(0x22)
        var room = LogLine.valueBytesMax
        for scalar in text.unicodeScalars {
            room -= UTF8.width(scalar)
            if room < 0 {
                add("…")
                break
            }
            switch scalar.value {
            case 0x22: add(#"\""#)
            case 0x5C: add(#"\\"#)
            case 0x0A: add(#"\n"#)
            case 0x0D: add(#"\r"#)
            case 0x09: add(#"\t"#)
            case 0..<0x20, 0x7F...0x9F, 0x2028, 0x2029:
                let digits = String(scalar.value, radix: 16)
                add(#"\u"# + String(repeating: "0", count: 4 - digits.count) + digits)
            default: bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.EncodedScalar())
            }
        }
        bytes.append(0x22)
    }
}
