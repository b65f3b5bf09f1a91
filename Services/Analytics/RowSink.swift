internal import Base
internal import JSON
package import PostgresClient

/// What takes a row's values, in the order of its table's columns and in the columns' types: what an event's columns are is
/// said once (`EventRow`), for COPY and for a statement of its own.
protocol RowSink {
    mutating func null()
    mutating func bool(_ value: Bool)
    mutating func int64(_ value: Int64)
    /// For a `smallint`, as far as it fits.
    mutating func small(_ value: Int64) throws(RowProblem)
    /// For an `integer`, as far as it fits.
    mutating func int(_ value: Int64) throws(RowProblem)
    mutating func timestamp(milliseconds: Int64)
    /// For a `timestamptz`, a time as Discord wrote it.
    mutating func time(_ text: String) throws(RowProblem)
    mutating func text(_ text: String)
    /// A string of a document.
    mutating func text(_ string: JSONView)
}

extension RowSink {
    /// Sixty-four bits in a bigint; ids below 2^63, which all real ones are, keep their order.
    mutating func bits(_ value: UInt64) { int64(Int64(bitPattern: value)) }
}

/// Values that PostgreSQL reads from text: it decides what fits and what is a time.
extension [PostgresValue]: RowSink {
    mutating func null() { append(.null) }
    mutating func bool(_ value: Bool) { append(.bool(value)) }
    mutating func int64(_ value: Int64) { append(.int(value)) }
    mutating func small(_ value: Int64) { append(.int(value)) }
    mutating func int(_ value: Int64) { append(.int(value)) }
    mutating func timestamp(milliseconds: Int64) { append(.timestamp(milliseconds: milliseconds)) }
    mutating func time(_ text: String) { append(.text(text)) }
    mutating func text(_ text: String) { append(.text(text)) }
    mutating func text(_ string: JSONView) { append(.text(string.string ?? "")) }
}

extension CopyRows: RowSink {
    mutating func small(_ value: Int64) throws(RowProblem) {
        guard let value = Int16(exactly: value) else { throw .notForCopy }
        int16(value)
    }

    mutating func int(_ value: Int64) throws(RowProblem) {
        guard let value = Int32(exactly: value) else { throw .notForCopy }
        int32(value)
    }

    /// Rare enough to be PostgreSQL's to read.
    mutating func time(_ text: String) throws(RowProblem) { throw .notForCopy }

    mutating func text(_ string: JSONView) {
        if let plain = unsafe string.plain { unsafe text(utf8: plain) } else { text(string.string ?? "") }
    }
}

/// Why an event cannot be made a row.
package enum RowProblem: Error, Equatable {
    /// It lacks a field, or is no JSON: a dead letter.
    case unfit(String)
    /// A value has no binary form here: the row is inserted by a statement of its own, and PostgreSQL says whether it will do.
    case notForCopy

    var reason: String {
        switch self {
        case .unfit(let reason): reason
        case .notForCopy: "a value has no binary form"
        }
    }
}
