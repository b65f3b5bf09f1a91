internal import Compression
internal import EventModels

/// One file of the journal: a head that says whose it is and which number its first record has, then records.
struct Segment: Sendable {
    /// "GWJ" and the version's digit. Version 2 has the records of commands; one of version 1 is read as it is.
    private static let mark: [UInt8] = [0x47, 0x57, 0x4A]
    private static let versions: ClosedRange<UInt8> = 0x31...0x32

    enum Refusal: Error, Equatable {
        case notOurs
        /// The head is of another version than this one reads, or of another shard.
        case other
    }

    enum End: Equatable {
        case whole
        /// The last record was not written to its end, as it is after a crash.
        case cutShort
        /// A record is damaged, and more stands behind it.
        case damaged
    }

    let first: UInt64
    private(set) var records: [JournalRecord] = []
    /// Up to here it is sound.
    private(set) var soundBytes: Int
    private(set) var end = End.whole

    static func head(shard: ShardName, first: UInt64) -> [UInt8] {
        var writer = RecordWriter(bytes: mark + [versions.upperBound])
        writer.text(shard.description)
        writer.number(first)
        let crc = CRC32.of(writer.bytes)
        for shift in [0, 8, 16, 24] as [UInt32] {
            writer.bytes.append(UInt8(truncatingIfNeeded: crc >> shift))
        }
        return writer.bytes
    }

    init(parsing bytes: [UInt8], shard: ShardName) throws(Refusal) {
        var reader = RecordReader(rest: bytes[...])
        guard bytes.count > 4, bytes.starts(with: Self.mark) else { throw .notOurs }
        guard Self.versions ~= bytes[3] else { throw .other }
        reader.rest = reader.rest.dropFirst(4)
        guard let name = reader.text(), let first = reader.number() else { throw .notOurs }
        let covered = reader.rest.startIndex
        guard let crc = reader.number(bytes: 4), crc == UInt64(CRC32.of(bytes[..<covered])) else {
            throw .notOurs
        }
        guard name == shard.description else { throw .other }
        self.first = first
        soundBytes = reader.rest.startIndex
        readRecords(bytes)
    }

    private mutating func readRecords(_ bytes: [UInt8]) {
        while soundBytes < bytes.count {
            var head = RecordReader(rest: bytes[soundBytes...])
            guard let length = head.number(bytes: 4), let crc = head.number(bytes: 4) else {
                return end = .cutShort
            }
            let start = head.rest.startIndex
            // Zeros: space that the file system had given and not filled.
            if length == 0, bytes[soundBytes...].allSatisfy({ $0 == 0 }) { return end = .cutShort }
            guard length <= JournalRecord.bodyBytesMax else { return end = .damaged }
            guard Int(length) <= bytes.count - start else { return end = .cutShort }
            let body = bytes[start..<start + Int(length)]
            guard UInt64(CRC32.of(body)) == crc, let record = JournalRecord(body: body) else {
                return end = body.endIndex == bytes.count ? .cutShort : .damaged
            }
            records.append(record)
            soundBytes = body.endIndex
        }
    }
}
