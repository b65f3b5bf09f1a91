import Gateway

/// What the gateway's folder holds: written is in the page cache, flushed is on the disk.
struct JournalDisk {
    /// The newest checkpoint, and the number of the last record that is in it.
    var checkpoint: (bytes: [UInt8], position: UInt64)?
    /// Records behind the checkpoint, as bytes, by number.
    private(set) var records: [(number: UInt64, bytes: [UInt8])] = []
    private(set) var flushed: UInt64 = 0
    var epochFloor: UInt64 = 0
    /// Dispatches in whose fold the process ended, and how often.
    var foldCrashes: [FoldMark: Int] = [:]

    mutating func write(_ batch: [(number: UInt64, record: JournalRecord)]) {
        for (number, record) in batch {
            var bytes: [UInt8] = []
            record.encode(into: &bytes)
            records.append((number, bytes))
        }
    }

    mutating func flush() { flushed = records.last?.number ?? flushed }

    /// The process ended, and with `lostPower` the host: then what was not flushed is gone but for a part, whose last
    /// record may be torn.
    mutating func crash(lostPower: Bool, _ draw: (Int) -> Int) {
        let safe = records.prefix { $0.number <= flushed }.count
        guard lostPower, records.count > safe else { return flush() }
        let keep = safe + draw(records.count - safe + 1)
        let torn = keep < records.count ? records[keep].bytes.prefix(draw(records[keep].bytes.count)) : []
        records = Array(records.prefix(keep))
        // A torn record reads as none: its CRC does not hold.
        if !torn.isEmpty, Self.read(Array(torn)) != nil { records.append((0, Array(torn))) }
        flush()
    }

    mutating func checkpointed(_ bytes: [UInt8], _ position: UInt64) {
        checkpoint = (bytes, position)
        records.removeAll { $0.number <= position }
    }

    /// A record's bytes as the product reads them.
    static func read(_ bytes: [UInt8]) -> JournalRecord? {
        guard bytes.count > 8 else { return nil }
        return JournalRecord(body: bytes[8...])
    }

    func recovery() -> Recovery? {
        var held: Checkpoint?
        if let checkpoint {
            do throws(CheckpointError) { held = try Checkpoint(decoding: checkpoint.bytes) } catch {
                return nil
            }
        }
        var recovery = Recovery(checkpoint: held, records: records.compactMap { Self.read($0.bytes) })
        recovery.epochFloor = epochFloor
        recovery.quarantine = Set(foldCrashes.filter { $0.value >= 2 }.map(\.key))
        return recovery
    }
}
