package import Base

/// A dictionary in parts, so that a change beside a copy copies one part: a checkpoint holds a copy of the state while it
/// is written, and a Dictionary of 100,000 members would be copied whole, on the loop, at the next change.
package struct SnowflakeTable<Value: Sendable & Equatable>: Sendable, Equatable,
    ExpressibleByDictionaryLiteral
{
    /// From this many on it is in parts; it stays so.
    private static var partedFrom: Int { 1024 }
    /// A power of two.
    private static var partsMax: Int { 1024 }

    private var parts: [[Snowflake: Value]] = [[:]]
    package private(set) var count = 0

    package init() {}

    package init(dictionaryLiteral elements: (Snowflake, Value)...) {
        for (key, value) in elements { self[key] = value }
    }

    /// Ids share their low bits and grow with time: multiplied, their high bits are spread.
    private func part(of key: Snowflake) -> Int {
        parts.count == 1 ? 0 : Int((key.rawValue &* 0x9E37_79B9_7F4A_7C15) >> 54)
    }

    package subscript(key: Snowflake) -> Value? {
        get { parts[part(of: key)][key] }
        set {
            let index = part(of: key)
            count -= parts[index].count
            parts[index][key] = newValue
            count += parts[index].count
            if parts.count == 1, count >= Self.partedFrom { divide() }
        }
    }

    private mutating func divide() {
        let whole = parts[0]
        parts = Array(repeating: [:], count: Self.partsMax)
        for (key, value) in whole { parts[part(of: key)][key] = value }
    }

    /// In no order.
    package var keys: [Snowflake] { parts.flatMap(\.keys) }

    package func mapValues(_ body: (Value) -> Value) -> Self {
        var mapped = self
        mapped.parts = parts.map { $0.mapValues(body) }
        return mapped
    }

    package static func == (left: Self, right: Self) -> Bool {
        guard left.count == right.count else { return false }
        if left.parts.count == right.parts.count { return left.parts == right.parts }
        return left.parts.allSatisfy { part in part.allSatisfy { right[$0.key] == $0.value } }
    }
}
