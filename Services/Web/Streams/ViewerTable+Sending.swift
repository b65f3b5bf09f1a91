import EventLoop

extension ViewerTable {

    /// There is room again.
    package mutating func writable(_ descriptor: CInt) {
        guard Int(descriptor) < viewers.count, viewers[Int(descriptor)].blocked else { return }
        viewers[Int(descriptor)].blocked = false
        pump(descriptor)
        if Int(descriptor) < viewers.count, viewers[Int(descriptor)].phase != .free,
            !viewers[Int(descriptor)].blocked
        {
            effects.unwatch.append(descriptor)
        }
    }

    /// Sends what was appended since the last flush to everyone who has room.
    ///
    /// Many viewers are visited in the order of their descriptors, whatever their groups: as it is about the order in which
    /// the kernel made their sockets, going from one group's to the next one's would cost a fifth more.
    package mutating func flush() {
        let indices = dirty
        dirty = []
        let count = indices.reduce(0) { $0 + groups[$1].viewers.count }
        if indices.count > 1, count > counts.viewers / 4 {
            var windows = [RingWindow](repeating: RingWindow(), count: groups.count)
            for index in indices { windows[index] = groups[index].ring.window }
            for descriptor in viewers.indices {
                let viewer = viewers[descriptor]
                guard viewer.phase == .live, groups[Int(viewer.group)].dirty else { continue }
                pump(CInt(descriptor), through: &windows[Int(viewer.group)])
            }
        } else {
            for index in indices {
                var window = groups[index].ring.window
                let descriptors = groups[index].viewers
                for descriptor in descriptors where viewers[Int(descriptor)].phase == .live {
                    pump(descriptor, through: &window)
                }
            }
        }
        for index in indices { groups[index].dirty = false }
    }

    /// `pump` for a live viewer of the window's group, most of whom are owed the same bytes: it touches the viewer and the
    /// window alone, since a look at the group costs a count of references for each of its parts.
    private mutating func pump(_ descriptor: CInt, through window: inout RingWindow) {
        let viewer = viewers[Int(descriptor)]
        guard !viewer.blocked else { return }
        guard !viewer.hasPending, viewer.position >= window.start else { return pump(descriptor) }
        guard viewer.position < window.end else { return }
        window.look(from: viewer.position)
        switch output.send(descriptor, window.storage, window.first, window.second) {
        case .gone: remove(descriptor)
        case .bytes(let sent):
            counts.sends += 1
            counts.bytes += sent
            let reached = viewer.position + Int64(sent)
            if reached == window.end {
                viewers[Int(descriptor)].position = reached
            } else {
                var cut = viewer
                keepRecord(cutAt: reached, descriptor, &cut)
                block(descriptor, &cut)
            }
        }
    }

    /// Only part went: keep the rest of the record that was cut, so that the viewer stands at a record's end.
    private mutating func keepRecord(cutAt reached: Int64, _ descriptor: CInt, _ viewer: inout Viewer) {
        let index = Int(viewer.group)
        let recordEnd = groups[index].ring.recordEnd(at: reached)
        setPending(descriptor, groups[index].ring.copy(reached..<recordEnd), &viewer)
        viewer.position = recordEnd
    }

    /// Once per tick: groups that have been silent for a beat get one, the block that `beat` makes of their cursor. Blocked
    /// viewers without progress go, empty groups are forgotten.
    package mutating func tick(_ now: Int32, beat: (Key, Cursor) -> [UInt8]) {
        self.now = now
        for index in retired { dropStalled(of: index) }
        freeRetired()
        for (key, index) in groupIndex {
            dropStalled(of: index)
            if groups[index].viewers.isEmpty {
                if groups[index].emptySince == 0 { groups[index].emptySince = now }
                if now - groups[index].emptySince >= BeatClock.stallTicksMax { closeGroup(key, at: index) }
            } else {
                groups[index].emptySince = 0
                guard now - groups[index].lastRecord >= BeatClock.ticksPerBeat else { continue }
                let scanned = groups[index].scanned
                append(beat(key, scanned), to: key, cursor: scanned)
            }
        }
        flush()
    }

    /// Also of those who are on their way out and do not take the end of it.
    private mutating func dropStalled(of index: Int) {
        let descriptors = groups[index].viewers
        for descriptor in descriptors {
            let viewer = viewers[Int(descriptor)]
            guard viewer.blocked, now - viewer.blockedSince >= BeatClock.stallTicksMax else { continue }
            counts.stalled += 1
            remove(descriptor)
        }
    }

    /// Sends the group's viewers away; who comes from now on finds the group not open.
    package mutating func retireGroup(_ key: Key, farewell: @autoclosure () -> [UInt8]) {
        guard let index = groupIndex.removeValue(forKey: key) else { return }
        effects.closedGroups.append(key)
        retired.append(index)
        let descriptors = groups[index].viewers
        for descriptor in descriptors { end(descriptor, farewell()) }
    }

    mutating func freeRetired() {
        for index in retired where groups[index].viewers.isEmpty { clear(index) }
        retired.removeAll { groups[$0].viewers.isEmpty }
    }

    mutating func clear(_ index: Int) {
        let scanned = groups[index].scanned
        dirty.removeAll { $0 == index }
        ringBytesMax -= groups[index].ring.bytesMax
        let nothing = EventRing(startingAfter: scanned, bytesMin: 1)
        groups[index] = Group(key: groups[index].key, ring: nothing, scanned: scanned, lastRecord: now)
        freeGroups.append(index)
    }

    mutating func closeGroup(_ key: Key, at index: Int) {
        groupIndex[key] = nil
        clear(index)
        effects.closedGroups.append(key)
    }

    /// Sends to one viewer until it has everything or the kernel takes no more.
    mutating func pump(_ descriptor: CInt) {
        var viewer = viewers[Int(descriptor)]
        guard viewer.phase != .free, !viewer.blocked else { return }
        if viewer.hasPending, !sendPending(descriptor, &viewer) { return }
        if !answers.isEmpty, !sendAnswer(descriptor, &viewer) { return }
        if viewer.phase == .ending { return remove(descriptor) }
        guard viewer.phase == .live else { return }
        let index = Int(viewer.group)
        guard let outcome = sendRing(descriptor, &viewer, index) else { return remove(descriptor) }
        switch outcome {
        case .done:
            viewers[Int(descriptor)] = viewer
        case .blocked:
            block(descriptor, &viewer)
        case .fellBehind:
            viewer.phase = .reset
            viewers[Int(descriptor)] = viewer
            waitForSnapshot(descriptor, group: index)
        }
    }

    enum RingOutcome { case done, blocked, fellBehind }

    /// Nil when the viewer is gone. Touches the ring in place: taking the group out would copy it.
    mutating func sendRing(_ descriptor: CInt, _ viewer: inout Viewer, _ index: Int) -> RingOutcome? {
        let end = groups[index].ring.end
        guard viewer.position >= groups[index].ring.start else { return .fellBehind }
        while viewer.position < end {
            guard let sent = sendOnce(descriptor, viewer.position, index) else { return nil }
            counts.sends += 1
            counts.bytes += sent
            let reached = viewer.position + Int64(sent)
            if reached == end {
                viewer.position = end
                return .done
            }
            keepRecord(cutAt: reached, descriptor, &viewer)
            return .blocked
        }
        return .done
    }

    mutating func sendOnce(_ descriptor: CInt, _ position: Int64, _ index: Int) -> Int? {
        let ranges = groups[index].ring.ranges(from: position, limit: .max)
        switch output.send(descriptor, groups[index].ring.storage, ranges.first, ranges.second) {
        case .bytes(let count): return count
        case .gone: return nil
        }
    }

    /// True when all of it went.
    mutating func sendPending(_ descriptor: CInt, _ viewer: inout Viewer) -> Bool {
        guard let bytes = pending.removeValue(forKey: descriptor) else { return true }
        switch output.send(descriptor, bytes, 0..<bytes.count, 0..<0) {
        case .gone:
            remove(descriptor)
            return false
        case .bytes(let sent):
            counts.sends += 1
            counts.bytes += sent
            viewer.hasPending = sent < bytes.count
            guard viewer.hasPending else { return true }
            pending[descriptor] = Array(bytes[sent...])
            block(descriptor, &viewer)
            return false
        }
    }

    /// At a record's end. True when there was none, or all of it went.
    private mutating func sendAnswer(_ descriptor: CInt, _ viewer: inout Viewer) -> Bool {
        guard let answer = answers.removeValue(forKey: descriptor), viewer.phase != .ending else {
            return true
        }
        setPending(descriptor, answer, &viewer)
        return sendPending(descriptor, &viewer)
    }

    mutating func block(_ descriptor: CInt, _ viewer: inout Viewer) {
        viewer.blocked = true
        viewer.blockedSince = now
        viewers[Int(descriptor)] = viewer
        effects.watch.append(descriptor)
    }
}
