/// The result of a statement, all of it.
package struct PostgresRows: Sendable, Equatable {
    package let columns: [String]
    /// Row by row, in PostgreSQL's text form; nil is null.
    private let values: [[UInt8]?]
    package let count: Int
    /// Rows that INSERT, UPDATE, DELETE or COPY changed, or SELECT found.
    package let affected: Int
    /// The command that was carried out, such as `COMMIT`.
    package let command: String

    package init(columns: [String], values: [[UInt8]?], affected: Int, command: String) {
        self.columns = columns
        self.values = values
        self.affected = affected
        self.command = command
        count = columns.isEmpty ? 0 : values.count / columns.count
    }

    package subscript(row: Int) -> PostgresRow {
        PostgresRow(columns: columns, values: values[(row * columns.count)..<((row + 1) * columns.count)])
    }

    package var first: PostgresRow? { count > 0 ? self[0] : nil }
    package var all: [PostgresRow] { (0..<count).map { self[$0] } }
}

package struct PostgresRow: Sendable, Equatable {
    let columns: [String]
    let values: ArraySlice<[UInt8]?>

    package func bytes(_ column: String) -> [UInt8]? {
        guard let index = columns.firstIndex(of: column) else { return nil }
        return values[values.startIndex + index]
    }

    package func string(_ column: String) -> String? {
        bytes(column).map { String(decoding: $0, as: UTF8.self) }
    }

    package func int64(_ column: String) -> Int64? { string(column).flatMap { Int64($0) } }
    package func double(_ column: String) -> Double? { string(column).flatMap { Double($0) } }

    package func bool(_ column: String) -> Bool? {
        switch string(column) {
        case "t": true
        case "f": false
        default: nil
        }
    }
}
