internal import Base
internal import JSON

/// Lists inside of objects; what is absent, or no list, is an empty one.
extension JSONView {
    func elements(_ name: StaticString) -> [JSONView] { self[name]?.array.map { Array($0) } ?? [] }

    func snowflakes(_ name: StaticString) -> Set<Snowflake> {
        Set(elements(name).compactMap { $0.snowflake })
    }
}

extension JSONValue {
    func elements(_ name: StaticString) -> [JSONValue] { self[name]?.array.map { Array($0) } ?? [] }
}
