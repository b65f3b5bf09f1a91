extension ViewerTable {
    /// Empty for a group that is not open.
    package func viewers(of key: Key) -> [CInt] { groupIndex[key].map { groups[$0].viewers } ?? [] }

    package func key(of descriptor: CInt) -> Key? {
        guard Int(descriptor) < viewers.count, viewers[Int(descriptor)].phase != .free else { return nil }
        return groups[Int(viewers[Int(descriptor)].group)].key
    }

    /// Makes the viewer independent of its group's ring up to here: what it has not got yet becomes its own, and `last`
    /// behind it. One that has fallen behind the ring will start over.
    package mutating func settle(_ descriptor: CInt, last: [UInt8] = []) {
        pump(descriptor)
        guard viewers[Int(descriptor)].phase == .live else { return }
        let index = Int(viewers[Int(descriptor)].group)
        guard viewers[Int(descriptor)].position >= groups[index].ring.start else {
            viewers[Int(descriptor)].phase = .reset
            return
        }
        keepUnsent(descriptor, group: index)
        var viewer = viewers[Int(descriptor)]
        setPending(descriptor, last, &viewer)
        viewers[Int(descriptor)] = viewer
    }

    /// Takes a settled viewer out of its group; it must be attached to one before anything else is asked of it. False
    /// where it is gone, or is being sent away.
    package mutating func detach(_ descriptor: CInt) -> Bool {
        let viewer = viewers[Int(descriptor)]
        guard viewer.phase != .free, viewer.phase != .ending else { return false }
        let old = Int(viewer.group)
        let last = groups[old].viewers.removeLast()
        if last != descriptor {
            groups[old].viewers[Int(viewer.indexInGroup)] = last
            viewers[Int(last)].indexInGroup = viewer.indexInGroup
        }
        return true
    }

    /// A detached viewer goes on at the end of an open group's ring, or starts over there.
    package mutating func attach(_ descriptor: CInt, to key: Key, resets: Bool) {
        guard let index = groupIndex[key] else { preconditionFailure("a viewer moves to an open group") }
        var viewer = viewers[Int(descriptor)]
        viewer.group = Int32(index)
        viewer.indexInGroup = Int32(groups[index].viewers.count)
        groups[index].viewers.append(descriptor)
        viewer.position = groups[index].ring.end
        if resets, viewer.phase == .live { viewer.phase = .reset }
        viewers[Int(descriptor)] = viewer
        // In the old group's list of those who wait it is passed over: it is in another group now.
        if viewer.waits { waitForSnapshot(descriptor, group: index) }
        pump(descriptor)
    }

    /// The whole group sees something else behind here, under another key; nobody who comes goes on from before.
    package mutating func rename(_ key: Key, to new: Key) {
        guard let index = groupIndex.removeValue(forKey: key) else { return }
        precondition(groupIndex[new] == nil, "a group is renamed to a key that is free")
        groupIndex[new] = index
        groups[index].key = new
        groups[index].ring.refuse(before: groups[index].scanned)
        guard groups[index].snapshotAsked else { return }
        // The one that was asked for is the old key's.
        effects.snapshots.append(new)
    }

    /// Forgets a group whose viewers have all moved away; those that are being sent away still hold it.
    package mutating func closeIfEmpty(_ key: Key) {
        guard let index = groupIndex[key] else { return }
        if groups[index].viewers.isEmpty {
            closeGroup(key, at: index)
        } else {
            groupIndex[key] = nil
            effects.closedGroups.append(key)
            retired.append(index)
        }
    }
}
