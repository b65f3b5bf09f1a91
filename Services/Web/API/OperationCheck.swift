import Base
package import HTTPServer
package import HTTPWire
package import JSON

/// Checks a request against its operation's table.
package struct OperationCheck {
    private let operation: Operation

    package init(_ operation: Operation) { self.operation = operation }

    /// Of a value's text that a problem shows.
    private static let shownMax = 40
    /// Of one list.
    package static let listMax = 100

    /// Query and header values by name, each of the shape that the table says. What the table does not name is passed over:
    /// pages add their own.
    package func parameters(_ head: HTTPRequestHead, _ path: PathParameters) throws(Problem) -> [String:
        [String]]
    {
        var found: [String: [String]] = [:]
        for parameter in operation.parameters {
            let values: [String]
            switch parameter.place {
            case .path: values = path[parameter.name].map { [$0] } ?? []
            case .query: values = head.queryItems(parameter.name)
            case .header: values = head.headers.all(parameter.name)
            }
            // An empty part is no value: passed over, a list of none would ask for everything.
            let all = parameter.isList ? values.flatMap(Self.parts) : values
            guard !all.isEmpty else {
                if parameter.isRequired { throw .invalid("\(parameter.name) is missing.") }
                continue
            }
            guard all.count <= (parameter.isList ? Self.listMax : 1) else {
                throw .invalid("\(parameter.name) is there too often.")
            }
            for text in all {
                if let lack = SchemaCheck.lack(ofText: text, parameter.schema) {
                    // What is not there is not there, whatever it looks like.
                    if parameter.place == .path { throw .notFound(parameter.name) }
                    throw .invalid("\(parameter.name) \(lack), not “\(text.prefix(Self.shownMax))”.")
                }
            }
            found[parameter.name] = all
        }
        return found
    }

    private static func parts(_ list: String) -> [String] {
        list.split(separator: ",", omittingEmptySubsequences: false).map { String($0) }
    }

    /// The body's root, nil where the operation takes none.
    package func body(_ request: HTTPRequest) throws(Problem) -> JSONValue? {
        guard let schema = operation.body else { return nil }
        let type = request.headers["content-type"]?.prefix { $0 != ";" }.lowercased() ?? ""
        guard type.split(separator: " ").first == "application/json" else {
            throw Problem(415, "The body must be application/json.")
        }
        let root: JSONValue
        do throws(JSONError) { root = try JSONDocument(parsing: request.body).root } catch {
            throw .invalid("The body is no JSON: \(error)")
        }
        if let lack = SchemaCheck.lack(of: root, schema, at: "the body") { throw .invalid("\(lack).") }
        return root
    }
}
