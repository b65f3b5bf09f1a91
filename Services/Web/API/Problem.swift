/// Why a request is not answered as it was meant: a problem document (RFC 9457) that says what to do.
package struct Problem: Error, Sendable, Equatable {
    package let status: Int
    /// For people; never holds a secret.
    package let detail: String
    /// More headers of the answer.
    package var headers: [Header] = []

    package struct Header: Sendable, Equatable {
        package let name: String
        package let value: String
    }

    package init(_ status: Int, _ detail: String) {
        self.status = status
        self.detail = detail
    }

    package func with(_ name: String, _ value: String) -> Problem {
        var copy = self
        copy.headers.append(Header(name: name, value: value))
        return copy
    }

    package static func invalid(_ detail: String) -> Problem { Problem(400, detail) }

    package static func forbidden(_ detail: String) -> Problem { Problem(403, detail) }

    /// The same for what is not there and for what may not be seen: who asks learns nothing of it.
    package static func notFound(_ what: String) -> Problem {
        Problem(404, "There is no such \(what), or you may not see it.")
    }

    /// What is needed cannot be asked now.
    package static func unavailable(_ detail: String) -> Problem {
        Problem(503, detail).with("Retry-After", "5")
    }

    /// Without `DATABASE_URL`.
    package static let noDatabase = Problem(
        503,
        "This needs a database. Set DATABASE_URL at the web service."
    )
}
