internal import Base

extension JSONValue {
    /// Exact, or nil: a number with a fraction or an exponent, or one that does not fit, is no integer here.
    package var int64: Int64? {
        let entry = entry
        guard entry.kind == .number else { return nil }
        let (start, end) = (Int(entry.start), Int(entry.end))
        guard storage.bytes[start] == 0x2D else { return digits(start, end).flatMap { Int64(exactly: $0) } }
        guard let magnitude = digits(start + 1, end), magnitude <= 1 << 63 else { return nil }
        return magnitude == 1 << 63 ? .min : -Int64(magnitude)
    }

    package var uint64: UInt64? {
        let entry = entry
        return entry.kind == .number ? digits(Int(entry.start), Int(entry.end)) : nil
    }

    package var int: Int? { int64.map { Int($0) } }

    /// The nearest double; nil where that is infinite.
    package var double: Double? {
        guard kind == .number, let value = Double(String(decoding: raw, as: UTF8.self)), value.isFinite else {
            return nil
        }
        return value
    }
}
