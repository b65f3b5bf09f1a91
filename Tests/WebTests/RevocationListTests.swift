import Base
import Testing
import Web

@Suite struct RevocationListTests {
    private typealias Entry = RevocationList.Entry
    private static let entries = [
        Entry(id: "a", expires: 100), Entry(id: "b", expires: 200), Entry(id: "c", expires: 300),
    ]

    /// A list that has read `entries` at second 50.
    private static func list(_ entries: [RevocationList.Entry] = entries, idsMax: Int = 5) -> RevocationList {
        var list = RevocationList(isShared: true, idsMax: idsMax)
        _ = list.took(entries, now: .seconds(1000), unixNow: 50)
        return list
    }

    @Test func `before the first reading nothing is said, unless the list is our own`() {
        var list = RevocationList(isShared: true)
        #expect(list.standing(of: "a", now: .zero) == .unknown)
        #expect(list.lack(now: .zero) == .neverRead)
        #expect(list.counted(0, now: .zero, unixNow: 50) == .read)
        #expect(list.lack(now: .zero) == .neverRead)
        #expect(list.took(Self.entries, now: .zero, unixNow: 50).added == ["a", "b", "c"])
        #expect(list.standing(of: "a", now: .zero) == .revoked)
        #expect(list.standing(of: "d", now: .zero) == .valid)
        let own = RevocationList(isShared: false)
        #expect(own.standing(of: "a", now: .seconds(1 << 40)) == .valid)
    }

    @Test func `what was revoked stays so until its session would have expired`() {
        var list = Self.list()
        #expect(list.counted(3, now: .seconds(1001), unixNow: 99) == .current)
        #expect(list.standing(of: "a", now: .seconds(1001)) == .revoked)
        #expect(list.counted(2, now: .seconds(1002), unixNow: 100) == .current)
        #expect(list.standing(of: "a", now: .seconds(1002)) == .valid)
        #expect(list.count == 2)
        #expect(list.add([Entry(id: "d", expires: 100)], unixNow: 100).added.isEmpty)
    }

    @Test func `the set is read when its size is another, after a loss, and from time to time`() {
        var list = Self.list()
        #expect(list.counted(3, now: .seconds(1001), unixNow: 50) == .current)
        #expect(list.counted(4, now: .seconds(1002), unixNow: 50) == .read)
        let more = Self.entries + [Entry(id: "d", expires: 400)]
        let found = list.took(more, now: .seconds(1002), unixNow: 50)
        #expect(found.added == ["d"] && found.lost.isEmpty)
        #expect(list.counted(4, now: .seconds(1003), unixNow: 50) == .current)
        list.distrust()
        #expect(list.counted(4, now: .seconds(1004), unixNow: 50) == .read)
        _ = list.took(more, now: .seconds(1004), unixNow: 50)
        let looks = (1...RevocationList.looksPerReading).map { _ in
            list.counted(4, now: .seconds(1005), unixNow: 50)
        }
        #expect(looks.last == .read && looks.dropLast().allSatisfy { $0 == .current })
    }

    @Test func `a reading that fails leaves the next look no wiser`() {
        var list = Self.list()
        #expect(list.counted(4, now: .seconds(1059), unixNow: 50) == .read)
        #expect(list.counted(4, now: .seconds(1060), unixNow: 50) == .read)
        // Neither was answered: nobody knows who the fourth one is.
        #expect(list.standing(of: "d", now: .seconds(1060)) == .valid)
        #expect(list.standing(of: "d", now: .seconds(1060) + .nanoseconds(1)) == .unknown)
    }

    @Test func `after a minute without Redis nothing is said, but what was revoked is`() {
        var list = Self.list()
        #expect(list.lack(now: .seconds(1060)) == nil)
        #expect(list.lack(now: .seconds(1061)) == .stale)
        #expect(list.standing(of: "d", now: .seconds(1061)) == .unknown)
        #expect(list.standing(of: "a", now: .seconds(1061)) == .revoked)
        #expect(list.counted(3, now: .seconds(1062), unixNow: 50) == .current)
        #expect(list.standing(of: "d", now: .seconds(1062)) == .valid)
    }

    @Test func `a Redis that forgot is told again, and nobody is let in meanwhile`() {
        var list = Self.list()
        #expect(list.counted(1, now: .seconds(1001), unixNow: 50) == .read)
        let found = list.took([Entry(id: "d", expires: 400)], now: .seconds(1001), unixNow: 50)
        #expect(found.added == ["d"])
        #expect(Set(found.lost) == Set(Self.entries))
        #expect(list.standing(of: "a", now: .seconds(1001)) == .revoked)
        // What has expired meanwhile is told nobody.
        #expect(list.took([], now: .seconds(1002), unixNow: 299).lost.map(\.id).sorted() == ["c", "d"])
    }

    @Test func `so many are told again at a time`() {
        let many = (0..<2_500).map { Entry(id: "\($0)", expires: 100) }
        var list = RevocationList(isShared: true)
        _ = list.took(many, now: .zero, unixNow: 50)
        #expect(list.took([], now: .zero, unixNow: 50).lost.count == RevocationList.retoldMax)
    }

    @Test func `past its bound the list says nothing, until there are fewer`() {
        var list = Self.list()
        #expect(list.counted(6, now: .seconds(1001), unixNow: 50) == .tooMany)
        #expect(list.lack(now: .seconds(1001)) == .tooMany)
        #expect(list.standing(of: "d", now: .seconds(1001)) == .unknown)
        #expect(list.standing(of: "a", now: .seconds(1001)) == .revoked)
        #expect(list.counted(3, now: .seconds(1002), unixNow: 50) == .read)
        _ = list.took(Self.entries, now: .seconds(1002), unixNow: 50)
        #expect(list.standing(of: "d", now: .seconds(1002)) == .valid)
        // More than were counted, because some came between counting and reading.
        let six = (0..<6).map { Entry(id: "\($0)", expires: 400) }
        #expect(list.took(six, now: .seconds(1003), unixNow: 50).added.count == 2)
        #expect(list.count == 5 && list.lack(now: .seconds(1003)) == .tooMany)
    }

    @Test func `our own list is bounded too, and opens when what it had no room for has expired`() {
        var list = RevocationList(isShared: false, idsMax: 2)
        let additions = list.add(Self.entries, unixNow: 50)
        #expect(additions.added == ["a", "b"] && additions.dropped == [Self.entries[2]])
        #expect(list.standing(of: "c", now: .zero) == .unknown)
        // There is room again, but nobody knows any more that this one was revoked.
        #expect(list.add([], unixNow: 299).added.isEmpty)
        #expect(list.standing(of: "c", now: .zero) == .unknown)
        #expect(list.add([], unixNow: 300).added.isEmpty)
        #expect(list.standing(of: "c", now: .zero) == .valid)
    }

    @Test func `keys that it had no room for keep it closed until they were read again`() {
        var list = RevocationList(isShared: false, idsMax: 2)
        #expect(list.add(keys: Self.entries, unixNow: 50).dropped == [Self.entries[2]])
        #expect(list.lack(now: .zero) == .tooMany)
        #expect(list.tookKeys(Self.entries, unixNow: 60).dropped == [Self.entries[2]])
        #expect(list.lack(now: .zero) == .tooMany)
        #expect(list.add([], unixNow: 100).added.isEmpty)
        #expect(list.lack(now: .zero) == .tooMany)
        #expect(list.tookKeys(Self.entries, unixNow: 100).added == ["c"])
        #expect(list.lack(now: .zero) == nil && list.standing(of: "c", now: .zero) == .revoked)
        // With Redis its set has them too, where it could be told.
        var shared = Self.list(idsMax: 3)
        #expect(shared.add(keys: [Entry(id: "d", expires: 400)], unixNow: 50).dropped.count == 1)
        #expect(shared.lack(now: .seconds(1000)) == .tooMany)
        shared.keysWereLost()
        _ = shared.took(Self.entries, now: .seconds(1001), unixNow: 50)
        #expect(shared.lack(now: .seconds(1001)) == .tooMany)
        #expect(shared.tookKeys([Entry(id: "d", expires: 400)], unixNow: 100).added == ["d"])
        #expect(shared.lack(now: .seconds(1001)) == nil)
    }

    @Test(arguments: [false, true])
    func `where keys are to be read nobody is let in before they were, or are late`(isShared: Bool) {
        var lists = (0..<2).map { _ in RevocationList(isShared: isShared, waitsForKeys: true) }
        for index in lists.indices {
            if isShared { _ = lists[index].took([], now: .zero, unixNow: 50) }
            #expect(lists[index].lack(now: .zero) == .keysNotRead)
            #expect(lists[index].standing(of: "d", now: .zero) == .unknown)
        }
        #expect(lists[0].tookKeys(Self.entries, unixNow: 50).added == ["a", "b", "c"])
        lists[1].keysAreLate()
        for list in lists { #expect(list.standing(of: "d", now: .zero) == .valid) }
    }
}
