internal import Base
internal import JSON

/// A dispatch of a known kind without what its handler needs, or with a value of another kind there. The handler reads what
/// it needs before it emits or keeps anything.
package struct NotUnderstood: Error, Equatable, CustomStringConvertible {
    /// The member in question, as Discord names it.
    package let field: String

    package init(_ field: String) { self.field = field }

    package var description: String { "\(field) is missing, or not what it should be" }
}

extension JSONView {
    func requiredID(_ name: String) throws(NotUnderstood) -> Snowflake {
        guard let id = self[name]?.snowflake else { throw NotUnderstood(name) }
        return id
    }

    /// Must be there; null is nil.
    func nullableID(_ name: String) throws(NotUnderstood) -> Snowflake? {
        guard let value = self[name] else { throw NotUnderstood(name) }
        return try value.orNull(name)
    }

    /// Nil where it is absent or null.
    func optionalID(_ name: String) throws(NotUnderstood) -> Snowflake? {
        guard let value = self[name] else { return nil }
        return try value.orNull(name)
    }

    private func orNull(_ name: String) throws(NotUnderstood) -> Snowflake? {
        if isNull { return nil }
        guard let id = snowflake else { throw NotUnderstood(name) }
        return id
    }

    func requiredText(_ name: String) throws(NotUnderstood) -> String {
        guard let text = self[name]?.string else { throw NotUnderstood(name) }
        return text
    }

    func requiredInt(_ name: String) throws(NotUnderstood) -> Int {
        guard let number = self[name]?.int else { throw NotUnderstood(name) }
        return number
    }

    func requiredObject(_ name: String) throws(NotUnderstood) -> JSONView {
        guard let value = self[name], value.kind == .object else { throw NotUnderstood(name) }
        return value
    }

    /// Absent, null, or a list.
    func checkArray(_ name: String) throws(NotUnderstood) {
        guard let value = self[name], !value.isNull, value.kind != .array else { return }
        throw NotUnderstood(name)
    }

    func requiredArray(_ name: String) throws(NotUnderstood) -> JSONViewArray {
        guard let list = self[name]?.array else { throw NotUnderstood(name) }
        return list
    }
}
