extension ViewerTable {
    /// Takes in a viewer of an open group; `head` goes first. Without a cursor, or with one that the ring no longer
    /// holds, it will get a snapshot, sent as `reset` where it is a resumption; otherwise it goes on behind the cursor,
    /// with a snapshot between what it missed and what follows if it wants one.
    package mutating func admit(
        _ descriptor: CInt,
        to key: Key,
        head: [UInt8],
        after cursor: Cursor?,
        isResume: Bool = false,
        wantsSnapshot: Bool = false
    ) {
        guard let index = groupIndex[key] else {
            preconditionFailure("a viewer is admitted to an open group")
        }
        while viewers.count <= Int(descriptor) { viewers.append(Viewer()) }
        var viewer = Viewer()
        viewer.group = Int32(index)
        viewer.indexInGroup = Int32(groups[index].viewers.count)
        groups[index].viewers.append(descriptor)
        counts.viewers += 1
        setPending(descriptor, head, &viewer)
        if let cursor {
            if !isBehind(groups[index].scanned, cursor),
                let place = groups[index].ring.position(after: cursor, isBehind: isBehind)
            {
                viewer.phase = .live
                viewer.position = place
            } else {
                viewer.phase = .reset
            }
        } else {
            viewer.phase = isResume ? .reset : .fresh
        }
        viewers[Int(descriptor)] = viewer
        guard viewer.phase == .live else {
            // The head goes together with the snapshot, which is there in a moment: one write, not two.
            return waitForSnapshot(descriptor, group: index)
        }
        pump(descriptor)
        guard wantsSnapshot, viewers[Int(descriptor)].phase == .live else { return }
        viewers[Int(descriptor)].wantsSnapshot = true
        waitForSnapshot(descriptor, group: index)
    }

    mutating func waitForSnapshot(_ descriptor: CInt, group index: Int) {
        groups[index].waiting.append(descriptor)
        guard !groups[index].snapshotAsked else { return }
        groups[index].snapshotAsked = true
        effects.snapshots.append(groups[index].key)
    }

    /// The snapshot that was asked for, as it stands at the ring's end.
    package mutating func snapshotArrived(_ key: Key, fresh: [UInt8], reset: [UInt8]) {
        guard let index = groupIndex[key] else { return }
        let waiting = groups[index].waiting
        groups[index].waiting = []
        groups[index].snapshotAsked = false
        for descriptor in waiting {
            var viewer = viewers[Int(descriptor)]
            guard viewer.waits, Int(viewer.group) == index else { continue }
            if viewer.phase == .live {
                insert(fresh, descriptor, index)
                continue
            }
            if viewer.phase == .reset { counts.resets += 1 }
            setPending(descriptor, viewer.phase == .fresh ? fresh : reset, &viewer)
            viewer.phase = .live
            viewer.wantsSnapshot = false
            viewer.position = groups[index].ring.end
            viewers[Int(descriptor)] = viewer
            pump(descriptor)
        }
    }

    /// The snapshot behind what a live viewer is owed up to here.
    private mutating func insert(_ snapshot: [UInt8], _ descriptor: CInt, _ index: Int) {
        pump(descriptor)
        guard viewers[Int(descriptor)].phase == .live else { return }
        keepUnsent(descriptor, group: index)
        var viewer = viewers[Int(descriptor)]
        setPending(descriptor, snapshot, &viewer)
        viewer.wantsSnapshot = false
        viewers[Int(descriptor)] = viewer
        pump(descriptor)
    }

    /// Every viewer of the group starts over with a snapshot, sent as `reset`, from this place of the order on; and so
    /// does who comes back from before it.
    package mutating func resetGroup(_ key: Key) {
        guard let index = groupIndex[key] else { return }
        let descriptors = groups[index].viewers
        for descriptor in descriptors where viewers[Int(descriptor)].phase == .live {
            pump(descriptor)
            guard viewers[Int(descriptor)].phase == .live else { continue }
            keepUnsent(descriptor, group: index)
            viewers[Int(descriptor)].phase = .reset
            waitForSnapshot(descriptor, group: index)
        }
        groups[index].ring.cut(at: groups[index].scanned)
    }

    /// What the viewer has not got yet of the ring becomes its own, so that a reset follows it in order. Bounded by
    /// the ring.
    mutating func keepUnsent(_ descriptor: CInt, group index: Int) {
        var viewer = viewers[Int(descriptor)]
        let end = groups[index].ring.end
        guard viewer.position >= groups[index].ring.start, viewer.position < end else { return }
        setPending(descriptor, groups[index].ring.copy(viewer.position..<end), &viewer)
        viewer.position = end
        viewers[Int(descriptor)] = viewer
    }

    /// Sends every viewer what it is owed and has room for, then `farewell`, and lets each go when it has got that: the
    /// replica is going down. One that does not read gets the rest of its record only; it goes on from there elsewhere.
    package mutating func endAll(_ farewell: (Key) -> [UInt8]) {
        for descriptor in viewers.indices.map(CInt.init) where viewers[Int(descriptor)].phase != .free {
            end(descriptor, farewell(groups[Int(viewers[Int(descriptor)].group)].key))
        }
    }

    /// There is no snapshot for those who wait for one: they are sent away with `farewell`.
    package mutating func dropWaiting(_ key: Key, farewell: @autoclosure () -> [UInt8]) {
        guard let index = groupIndex[key] else { return }
        let waiting = groups[index].waiting
        groups[index].waiting = []
        groups[index].snapshotAsked = false
        for descriptor in waiting where viewers[Int(descriptor)].waits {
            end(descriptor, farewell())
        }
    }

    /// What the viewer is to get between two records, as soon as it stands there: the answer to something that it sent.
    /// Of several that could not go yet only the newest goes.
    package mutating func answer(_ descriptor: CInt, _ bytes: [UInt8]) {
        guard isOpen(descriptor) else { return }
        answers[descriptor] = bytes
        pump(descriptor)
    }

    /// Whether more may come to the viewer than what it is owed already.
    package func isOpen(_ descriptor: CInt) -> Bool {
        guard Int(descriptor) < viewers.count else { return false }
        let phase = viewers[Int(descriptor)].phase
        return phase != .free && phase != .ending
    }

    /// Sends the viewer what it is owed and has room for, then `farewell`, and lets it go. Nothing follows a farewell, so who
    /// has been told one is told no other.
    package mutating func end(_ descriptor: CInt, _ farewell: [UInt8]) {
        guard isOpen(descriptor) else { return }
        pump(descriptor)
        var viewer = viewers[Int(descriptor)]
        guard viewer.phase != .free else { return }
        viewer.phase = .ending
        setPending(descriptor, farewell, &viewer)
        viewers[Int(descriptor)] = viewer
        pump(descriptor)
    }

    mutating func setPending(_ descriptor: CInt, _ bytes: [UInt8], _ viewer: inout Viewer) {
        guard !bytes.isEmpty else { return }
        pending[descriptor, default: []] += bytes
        viewer.hasPending = true
    }

    /// The viewer is gone, or is sent away.
    package mutating func remove(_ descriptor: CInt) {
        guard Int(descriptor) < viewers.count, viewers[Int(descriptor)].phase != .free else { return }
        let viewer = viewers[Int(descriptor)]
        viewers[Int(descriptor)] = Viewer()
        pending[descriptor] = nil
        if !answers.isEmpty { answers[descriptor] = nil }
        counts.viewers -= 1
        let (index, place) = (Int(viewer.group), Int(viewer.indexInGroup))
        let last = groups[index].viewers.removeLast()
        if last != descriptor {
            groups[index].viewers[place] = last
            viewers[Int(last)].indexInGroup = Int32(place)
        }
        if viewer.waits {
            groups[index].waiting.removeAll { $0 == descriptor }
        }
        effects.close.append(descriptor)
    }
}
