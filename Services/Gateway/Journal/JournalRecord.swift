internal import Compression
package import DiscordProtocol
internal import JSON

/// One input of a shard's fold, as the journal keeps it. The shard's state is a function of these, in their order.
package struct JournalRecord: Sendable, Equatable {
    package enum Input: Sendable, Equatable {
        /// Discord began a session. Without an epoch: it is chosen later, by `epochChosen`.
        case sessionBegan(id: String, resumeURL: String, epoch: UInt64?)
        case epochChosen(UInt64)
        case dispatch(Dispatch)
        /// A dispatch that the fold has no use for: only its number is kept.
        case passed(sequence: UInt64)
        /// Every guild's whole state goes out once more.
        case resync
        case sessionLost
        /// Another gateway writes the log, in this epoch.
        case superseded(by: UInt64)
        /// This dispatch is not folded any more.
        case quarantined(FoldMark)
        /// A command is about to be carried out; `deadline` in Unix milliseconds, `arguments` as `LinkOrder` has them.
        case commandBegun(key: String, deadline: Int64, arguments: [UInt8])
        /// What came of it, for whoever asks again; nil: nothing was done, and the key is free.
        case commandEnded(key: String, result: [UInt8]?)
    }

    /// When it happened, in Unix milliseconds; of what makes events, their `ts`.
    package let wall: Int64
    package let input: Input

    package init(wall: Int64, _ input: Input) {
        self.wall = wall
        self.input = input
    }

    /// The same with a dispatch in memory of its own: what came together with it is held no longer.
    package func alone() -> JournalRecord {
        guard case .dispatch(let dispatch) = input,
            let own = try? JSONDocument(parsing: Array(dispatch.data.raw))
        else { return self }
        let copy = Dispatch(sequence: dispatch.sequence, name: dispatch.name, data: own.root)
        return JournalRecord(wall: wall, .dispatch(copy))
    }

    /// What it costs to hold, about.
    package var bytes: Int {
        switch input {
        case .dispatch(let dispatch): dispatch.data.rawCount + 64
        case .commandBegun(_, _, let arguments): arguments.count + 128
        case .commandEnded(_, let result): (result?.count ?? 0) + 128
        default: 64
        }
    }
}

/// A dispatch by the epoch of its session and its number.
package struct FoldMark: Hashable, Comparable, Sendable {
    package let epoch: UInt64
    package let sequence: UInt64

    package init(epoch: UInt64, sequence: UInt64) {
        self.epoch = epoch
        self.sequence = sequence
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.epoch != right.epoch ? left.epoch < right.epoch : left.sequence < right.sequence
    }
}

// MARK: As bytes: length and CRC-32 of what follows (u32 each), then type (u8), wall (i64) and the input's fields.
// Numbers are little-endian; a text has its length (u16) before it; a JSON text goes to the record's end.

extension JournalRecord {
    /// Length and CRC.
    static let headBytes = 8
    /// A message of Discord has 64 MiB at most.
    static let bodyBytesMax = 65 << 20

    package func encode(into bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: Self.headBytes))
        var body = RecordWriter(bytes: [])
        swap(&body.bytes, &bytes)
        writeBody(&body)
        swap(&body.bytes, &bytes)
        let length = UInt32(bytes.count - start - Self.headBytes)
        let crc = CRC32.of(bytes, from: start + Self.headBytes)
        for index in 0..<4 {
            bytes[start + index] = UInt8(truncatingIfNeeded: length >> (8 * UInt32(index)))
            bytes[start + 4 + index] = UInt8(truncatingIfNeeded: crc >> (8 * UInt32(index)))
        }
    }

    private func writeBody(_ writer: inout RecordWriter) {
        func head(_ type: UInt8, _ writer: inout RecordWriter) {
            writer.bytes.append(type)
            writer.number(UInt64(bitPattern: wall))
        }
        switch input {
        case .sessionBegan(let id, let url, let epoch):
            head(1, &writer)
            writer.number(epoch ?? 0)
            writer.text(id)
            writer.text(url)
        case .epochChosen(let epoch):
            head(2, &writer)
            writer.number(epoch)
        case .dispatch(let dispatch):
            head(3, &writer)
            writer.number(dispatch.sequence)
            writer.text(dispatch.name)
            dispatch.data.visit { data in unsafe writer.bytes.append(contentsOf: data.raw) }
        case .passed(let sequence):
            head(4, &writer)
            writer.number(sequence)
        case .resync: head(5, &writer)
        case .sessionLost: head(6, &writer)
        case .superseded(let epoch):
            head(7, &writer)
            writer.number(epoch)
        case .quarantined(let mark):
            head(8, &writer)
            writer.number(mark.epoch)
            writer.number(mark.sequence)
        case .commandBegun(let key, let deadline, let arguments):
            head(9, &writer)
            writer.number(UInt64(bitPattern: deadline))
            writer.text(key)
            writer.bytes.append(contentsOf: arguments)
        case .commandEnded(let key, let result):
            head(10, &writer)
            writer.text(key)
            writer.bytes.append(contentsOf: result ?? [])
        }
    }

    /// The body of a record whose CRC was right; nil where it is none of ours.
    package init?(body: ArraySlice<UInt8>) {
        var reader = RecordReader(rest: body)
        guard let type = reader.byte(), let wall = reader.number(),
            let input = Self.input(type, &reader)
        else { return nil }
        self.init(wall: Int64(bitPattern: wall), input)
    }

    private static func input(_ type: UInt8, _ reader: inout RecordReader) -> Input? {
        switch type {
        case 1:
            guard let epoch = reader.number(), let id = reader.text(), let url = reader.text() else {
                return nil
            }
            return .sessionBegan(id: id, resumeURL: url, epoch: epoch == 0 ? nil : epoch)
        case 2: return reader.number().map { .epochChosen($0) }
        case 3:
            guard let sequence = reader.number(), let name = reader.text() else { return nil }
            do throws(JSONError) {
                let data = try JSONDocument(parsing: Array(reader.rest)).root
                return .dispatch(Dispatch(sequence: sequence, name: name, data: data))
            } catch { return nil }
        case 4: return reader.number().map { .passed(sequence: $0) }
        case 5: return .resync
        case 6: return .sessionLost
        case 7: return reader.number().map { .superseded(by: $0) }
        case 8:
            guard let epoch = reader.number(), let sequence = reader.number() else { return nil }
            return .quarantined(FoldMark(epoch: epoch, sequence: sequence))
        case 9:
            guard let deadline = reader.number(), let key = reader.text() else { return nil }
            return .commandBegun(
                key: key,
                deadline: Int64(bitPattern: deadline),
                arguments: Array(reader.rest)
            )
        case 10:
            guard let key = reader.text() else { return nil }
            return .commandEnded(key: key, result: reader.rest.isEmpty ? nil : Array(reader.rest))
        default: return nil
        }
    }
}

/// Appends numbers and texts as the journal has them.
struct RecordWriter {
    var bytes: [UInt8]

    mutating func number(_ value: UInt64) {
        unsafe withUnsafeBytes(of: value.littleEndian) { unsafe bytes.append(contentsOf: $0) }
    }

    /// Texts here are names, ids and addresses; what is past 65,535 bytes is cut.
    mutating func text(_ text: String) {
        let count = min(text.utf8.count, Int(UInt16.max))
        bytes.append(UInt8(truncatingIfNeeded: count))
        bytes.append(UInt8(truncatingIfNeeded: count >> 8))
        if count == text.utf8.count {
            bytes.append(contentsOf: text.utf8)
        } else {
            bytes.append(contentsOf: text.utf8.prefix(count))
        }
    }
}

/// Takes them off again; nil where too little is left.
struct RecordReader {
    var rest: ArraySlice<UInt8>

    mutating func byte() -> UInt8? { rest.popFirst() }

    mutating func number(bytes: Int = 8) -> UInt64? {
        guard rest.count >= bytes else { return nil }
        let value = rest.prefix(bytes).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        rest = rest.dropFirst(bytes)
        return value
    }

    mutating func text() -> String? {
        guard let count = number(bytes: 2), rest.count >= Int(count) else { return nil }
        let text = String(decoding: rest.prefix(Int(count)), as: UTF8.self)
        rest = rest.dropFirst(Int(count))
        return text
    }
}
