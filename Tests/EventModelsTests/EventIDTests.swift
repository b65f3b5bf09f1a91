import EventModels
import Testing

@Suite struct EventIDTests {
    @Test func `ids compare as two integers, not as text`() throws {
        let ascending = ["1-9", "1-10", "9-0", "10-0", "1732147200123-67108864", "18446744073709551615-0"]
        let ids = try ascending.map { try #require(EventID($0)) }
        #expect(ids == ids.shuffled().sorted())
        #expect(ids.map(\.description) == ascending)
    }

    @Test func `an id is decimal, hyphen, decimal and nothing else`() {
        let wrong = [
            "", "-", "1", "1-", "-1", "1-2-3", " 1-2", "1-2 ", "+1-2", "01-2", "1-02", "a-1",
            "1-18446744073709551616",
        ]
        #expect(wrong.compactMap { EventID($0) }.isEmpty)
    }

    @Test func `the number is the dispatch and the ordinal`() {
        let id = EventID(epoch: 7, sequence: 64, ordinal: 3)
        #expect(id.number == 67_108_867 && id.sequence == 64 && id.ordinal == 3)
        let gap = EventID(epoch: 7, sequence: 64, ordinal: EventID.ordinalOfGap)
        #expect(id < gap && gap < EventID(epoch: 7, sequence: 65, ordinal: 0))
    }

    @Test func `a shard's name is index, slash, count`() {
        #expect(ShardName("0/1") == .only)
        #expect(ShardName("3/16")?.description == "3/16")
        #expect(
            ["1/1", "0/0", "-1/2", "0", "0/1/2", "00/1", "0/65537", ""].compactMap { ShardName($0) }.isEmpty
        )
    }
}
