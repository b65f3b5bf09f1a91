internal import CPostgres

/// One statement under way, and what has come of it.
struct PostgresOperation {
    enum Request {
        /// One statement with its values.
        case statement(String, [PostgresValue])
        /// Any number of statements without values.
        case script(String)
        /// `COPY … FROM STDIN`, and its data.
        case copy(String, [UInt8])
    }

    let request: Request
    let deadline: Duration
    let completion: @Sendable (Result<PostgresRows, PostgresError>) -> Void
    /// How much of the data was handed to libpq; nil when nothing (more) is to be handed over.
    var copied: Int?
    private(set) var rows: PostgresRows?
    private(set) var error: PostgresError?

    init(
        _ request: Request,
        deadline: Duration,
        completion: @escaping @Sendable (Result<PostgresRows, PostgresError>) -> Void
    ) {
        self.request = request
        self.deadline = deadline
        self.completion = completion
    }

    var outcome: Result<PostgresRows, PostgresError> {
        if let error { return .failure(error) }
        return .success(rows ?? PostgresRows(columns: [], values: [], affected: 0, command: ""))
    }

    /// False when libpq did not take it: its error message says why.
    func send(on connection: OpaquePointer) -> Bool {
        switch request {
        case .script(let text), .copy(let text, _): return PQsendQuery(connection, text) == 1
        case .statement(let text, let values):
            // libpq wants C strings; the values live in one buffer, each closed by a zero.
            var buffer: [CChar] = []
            var starts: [Int?] = []
            for value in values {
                guard let bytes = value.encoded else {
                    starts.append(nil)
                    continue
                }
                starts.append(buffer.count)
                buffer.append(contentsOf: bytes.lazy.map { CChar(bitPattern: $0) })
                buffer.append(0)
            }
            return buffer.withUnsafeBufferPointer { buffer in
                let pointers = starts.map { start in start.flatMap { buffer.baseAddress?.advanced(by: $0) } }
                return PQsendQueryParams(connection, text, CInt(values.count), nil, pointers, nil, nil, 0)
                    == 1
            }
        }
    }

    /// Takes one of the statement's results; the last one counts, and the first error.
    mutating func take(_ result: OpaquePointer) {
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: rows = Self.rows(result)
        case PGRES_COPY_IN:
            if case .copy = request { copied = 0 } else { fail("COPY without data") }
        case PGRES_COPY_OUT, PGRES_COPY_BOTH: fail("COPY out is not supported")
        default:
            guard error == nil else { break }
            let state = Self.field(result, "C") ?? "00000"
            let message = Self.field(result, "M") ?? String(cString: PQresultErrorMessage(result))
            error = .server(.init(sqlState: state, message: message))
        }
    }

    private mutating func fail(_ reason: String) { error = error ?? .unexpectedResult(reason) }

    private static func field(_ result: OpaquePointer, _ code: Unicode.Scalar) -> String? {
        PQresultErrorField(result, CInt(code.value)).map { String(cString: $0) }
    }

    private static func rows(_ result: OpaquePointer) -> PostgresRows {
        let (width, height) = (PQnfields(result), PQntuples(result))
        let columns = (0..<width).map { PQfname(result, $0).map { String(cString: $0) } ?? "" }
        var values: [[UInt8]?] = []
        values.reserveCapacity(Int(width * height))
        for row in 0..<height {
            for column in 0..<width {
                guard PQgetisnull(result, row, column) == 0, let text = PQgetvalue(result, row, column) else {
                    values.append(nil)
                    continue
                }
                let length = Int(PQgetlength(result, row, column))
                values.append(Array(UnsafeRawBufferPointer(start: text, count: length)))
            }
        }
        return PostgresRows(
            columns: columns,
            values: values,
            affected: Int(String(cString: PQcmdTuples(result))) ?? 0,
            command: String(cString: PQcmdStatus(result))
        )
    }
}
