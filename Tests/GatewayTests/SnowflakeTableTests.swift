import Base
import Gateway
import Testing

@Suite struct SnowflakeTableTests {
    @Test func `it holds what a dictionary holds, in one part and in many`() {
        for seed in 1...4 as ClosedRange<UInt64> {
            var random = SeededRandom(seed: seed)
            var table = SnowflakeTable<Int>()
            var model: [Snowflake: Int] = [:]
            for step in 0..<6000 {
                let key = Snowflake(UInt64.random(in: 0..<3000, using: &random) << 22)
                let value = step % 3 == 0 ? nil : step
                table[key] = value
                model[key] = value
                #expect(table.count == model.count && table[key] == value)
            }
            #expect(table.keys.sorted() == model.keys.sorted())
            #expect(model.allSatisfy { table[$0.key] == $0.value })
            let mapped = table.mapValues { $0 + 1 }
            #expect(model.allSatisfy { mapped[$0.key] == $0.value + 1 } && mapped.count == model.count)
        }
    }

    @Test func `equal is who holds the same, however it came to it`() {
        var grown: SnowflakeTable<Int> = [:]
        for id in 0..<2000 as Range<UInt64> { grown[Snowflake(id)] = 1 }
        for id in 2..<2000 as Range<UInt64> { grown[Snowflake(id)] = nil }
        #expect(grown == [Snowflake(0): 1, Snowflake(1): 1] && [Snowflake(0): 1, Snowflake(1): 1] == grown)
        #expect(grown != [Snowflake(0): 1, Snowflake(1): 2] && grown != [Snowflake(0): 1])
        #expect(grown != [Snowflake(0): 1, Snowflake(2): 1])
    }
}
