internal import Base
internal import EventModels

extension ShardStore {
    /// What was found that people should know, and the recovery itself.
    package struct Found: Sendable {
        package var recovery = Recovery()
        package var remarks: [String] = []
        var segments = 0
        /// A dispatch that ended the last process while it was folded.
        package var crash: FoldMarker.Crash?
    }

    /// Reads the newest checkpoint that can be read and the journal behind it. What cannot be read is set aside, never
    /// lost in silence. Throws where files cannot be opened at all.
    package func recover(marker: FoldMarker) throws -> Found {
        var found = Found()
        for name in folder.names() where name.hasSuffix(AtomicFile.temporarySuffix) { folder.remove(name) }
        found.recovery.epochFloor = try readEpoch()
        try readCheckpoint(&found)
        try readJournal(&found)
        found.crash = marker.lastCrash()
        if let crash = found.crash, crash.isOver { found.recovery.quarantine = [crash.mark] }
        return found
    }

    private func readCheckpoint(_ found: inout Found) throws {
        for position in checkpoints().reversed() {
            let name = Self.checkpointName(position)
            guard let bytes = try AtomicFile(path: folder.file(name)).read() else { continue }
            do throws(CheckpointError) {
                let checkpoint = try Checkpoint(decoding: bytes)
                guard checkpoint.shard == shard, checkpoint.folded.position == position else {
                    throw .damaged("of another shard or position")
                }
                return found.recovery.checkpoint = checkpoint
            } catch {
                found.remarks.append("\(name) is set aside: \(error)")
                folder.setAside(name)
            }
        }
        guard let bytes = try oldCheckpoint.read() else { return }
        do throws(CheckpointError) {
            let checkpoint = try Checkpoint(decoding: bytes)
            if checkpoint.shard == shard { found.recovery.checkpoint = checkpoint }
        } catch {
            found.remarks.append("\(oldCheckpoint.path) is not read: \(error)")
        }
    }

    private func readJournal(_ found: inout Found) throws {
        var next = (found.recovery.checkpoint?.folded.position ?? 0) + 1
        let firsts = segments()
        found.segments = firsts.count
        var isBroken = false
        for (index, first) in firsts.enumerated() {
            let name = Self.segmentName(first)
            let following = index + 1 < firsts.count ? firsts[index + 1] : nil
            if let following, following <= next, !isBroken { continue }
            guard !isBroken, first <= next else {
                found.remarks.append("\(name) is set aside: records before it are missing")
                folder.setAside(name)
                isBroken = true
                continue
            }
            let bytes = try AtomicFile(path: folder.file(name)).read() ?? []
            // A crash while the file was begun leaves it without its head.
            if bytes.count < Segment.head(shard: shard, first: first).count, following == nil {
                folder.remove(name)
                continue
            }
            isBroken = !take(bytes, name, following, &next, &found)
        }
    }

    /// False: what follows cannot be used.
    private func take(
        _ bytes: [UInt8],
        _ name: String,
        _ following: UInt64?,
        _ next: inout UInt64,
        _ found: inout Found
    ) -> Bool {
        let segment: Segment
        do throws(Segment.Refusal) { segment = try Segment(parsing: bytes, shard: shard) } catch {
            let reason = error == .other ? "of another version or shard" : "no segment of a journal"
            found.remarks.append("\(name) is set aside: \(reason)")
            folder.setAside(name)
            return false
        }
        for (offset, record) in segment.records.enumerated() {
            let number = segment.first + UInt64(offset)
            // After a failed write the next segment begins where the disk was known to be sound.
            if let following, number >= following { break }
            guard number == next else { continue }
            found.recovery.records.append(record)
            next += 1
        }
        guard segment.end != .whole else { return true }
        if let following, following <= next { return true }
        let left = bytes.count - segment.soundBytes
        if segment.end == .cutShort, following == nil {
            found.remarks.append("\(name) ends in a record cut short: the last \(left) bytes are dropped")
        } else {
            found.remarks.append("\(name) is damaged \(left) bytes before its end: the rest is set aside")
        }
        keepSound(segment, bytes, name, isSetAside: segment.end == .damaged || following != nil, &found)
        return following == nil
    }

    /// Leaves of the file what is sound, beside a copy of the whole where there was more than a torn end.
    private func keepSound(
        _ segment: Segment,
        _ bytes: [UInt8],
        _ name: String,
        isSetAside: Bool,
        _ found: inout Found
    ) {
        do {
            if isSetAside { try AtomicFile(path: folder.file(name) + ".unreadable").write(bytes) }
            try AtomicFile(path: folder.file(name)).write(Array(bytes[..<segment.soundBytes]))
        } catch {
            found.remarks.append("\(name) could not be cut: \(error)")
        }
    }
}
