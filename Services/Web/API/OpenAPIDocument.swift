import JSON

/// The table of operations as an OpenAPI 3.1 document. Pure: operations in, bytes out.
package enum OpenAPIDocument {
    package static func encoded(_ operations: [Operation], components: [String: Schema] = Schemas.all)
        -> [UInt8]
    {
        var writer = JSONWriter(reserving: 65_536)
        writer.beginObject()
        writer.member("openapi", "3.1.0")
        writeInfo(into: &writer)
        writer.key("tags")
        writer.beginArray()
        for tag in Operation.Tag.allCases where operations.contains(where: { $0.tag == tag }) {
            writer.beginObject()
            writer.member("name", tag.rawValue)
            writer.endObject()
        }
        writer.endArray()
        writePaths(operations, into: &writer)
        writer.key("components")
        writer.beginObject()
        writeSecuritySchemes(into: &writer)
        writer.key("schemas")
        writer.beginObject()
        for (name, schema) in components.sorted(by: { $0.key < $1.key }) {
            writer.key(text: name)
            OpenAPISchema.write(schema, into: &writer)
        }
        writer.endObject()
        writer.endObject()
        writer.endObject()
        return writer.takeBytes()
    }

    private static func writeInfo(into writer: inout JSONWriter) {
        writer.key("info")
        writer.beginObject()
        writer.member("title", "Guildwire")
        writer.member("version", "1")
        writer.member("description", about)
        writer.endObject()
        writer.key("servers")
        writer.beginArray()
        writer.beginObject()
        writer.member("url", "/")
        writer.endObject()
        writer.endArray()
    }

    private static let about = """
        Ids are strings of decimal digits. Times are Unix milliseconds unless a name says otherwise. Lists are pages: what \
        “next” says goes back as “cursor”; null is the end. Problems are RFC 9457 documents whose “detail” says what to do. \
        What may not be seen is 404, as what is not there. Parameters that are lists take commas between their values, or \
        come several times. Parameters that are not named are passed over, members of bodies that are not named are refused; \
        clients should pass over members of answers that they do not know.
        """

    // MARK: Paths

    /// `*` is a parameter here, which OpenAPI has no way to say may hold slashes.
    package static func path(of pattern: String) -> String {
        pattern.hasSuffix("/*") ? pattern.dropLast() + "{\(rest)}" : pattern
    }

    private static let rest = "rest"

    private static func writePaths(_ operations: [Operation], into writer: inout JSONWriter) {
        writer.key("paths")
        writer.beginObject()
        var written: Set<String> = []
        for first in operations where written.insert(first.pattern).inserted {
            writer.key(text: path(of: first.pattern))
            writer.beginObject()
            for operation in operations where operation.pattern == first.pattern {
                writer.key(text: operation.method.lowercased())
                write(operation, into: &writer)
            }
            writer.endObject()
        }
        writer.endObject()
    }

    private static func write(_ operation: Operation, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("operationId", operation.name)
        writer.key("tags")
        writer.beginArray()
        writer.string(operation.tag.rawValue)
        writer.endArray()
        writer.member("summary", operation.summary)
        writeSecurity(of: operation, into: &writer)
        writer.key("parameters")
        writer.beginArray()
        for parameter in operation.parameters { write(parameter, into: &writer) }
        if operation.pattern.hasSuffix("/*") {
            write(
                .path(rest, .string(1...1_024), "The rest of the path, which may hold slashes"),
                into: &writer
            )
        }
        writer.endArray()
        if let body = operation.body {
            writer.key("requestBody")
            writer.beginObject()
            writer.member("required", true)
            writeContent([("application/json", body)], into: &writer)
            writer.endObject()
        }
        OpenAPIAnswers(of: operation).write(into: &writer)
        writer.endObject()
    }

    private static func write(_ parameter: Operation.Parameter, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("name", parameter.name)
        writer.member("in", parameter.place.rawValue)
        writer.member("description", parameter.about)
        writer.member("required", parameter.isRequired)
        if parameter.isList {
            writer.member("style", "form")
            writer.member("explode", false)
        }
        writer.key("schema")
        let isList = parameter.isList
        OpenAPISchema.write(
            isList ? .array(parameter.schema, 1...OperationCheck.listMax) : parameter.schema,
            into: &writer
        )
        writer.endObject()
    }

    static func writeContent(_ content: [(type: String, schema: Schema?)], into writer: inout JSONWriter) {
        writer.key("content")
        writer.beginObject()
        for (type, schema) in content {
            writer.key(text: type)
            writer.beginObject()
            if let schema {
                writer.key("schema")
                OpenAPISchema.write(schema, into: &writer)
            }
            writer.endObject()
        }
        writer.endObject()
    }

    // MARK: Security

    private enum Way: String { case session, key, streamKey }

    private static func writeSecuritySchemes(into writer: inout JSONWriter) {
        writer.key("securitySchemes")
        writer.beginObject()
        scheme(.session, [("type", "apiKey"), ("in", "cookie"), ("name", SessionCookie.name)], into: &writer)
        scheme(.key, [("type", "http"), ("scheme", "bearer"), ("bearerFormat", "gwk1")], into: &writer)
        scheme(.streamKey, [("type", "apiKey"), ("in", "query"), ("name", "key")], into: &writer)
        writer.endObject()

        func scheme(_ way: Way, _ members: [(String, String)], into writer: inout JSONWriter) {
            writer.key(text: way.rawValue)
            writer.beginObject()
            for (name, value) in members {
                writer.key(text: name)
                writer.string(value)
            }
            writer.endObject()
        }
    }

    /// A key's scope stands as the role that OpenAPI 3.1 lets each scheme name.
    private static func writeSecurity(of operation: Operation, into writer: inout JSONWriter) {
        var ways: [(way: Way, roles: [String])?] = []
        switch operation.access {
        case .anyone: break
        case .maybe: ways = [nil, (.session, [])]
        case .session: ways = [(.session, [])]
        case .scope(let scope):
            ways = [(.session, []), (.key, [scope.rawValue])]
            // Streams are opened by what cannot send headers.
            if case .route = operation.answering { ways.append((.streamKey, [scope.rawValue])) }
        }
        writer.key("security")
        writer.beginArray()
        for way in ways {
            writer.beginObject()
            if let way {
                writer.key(text: way.way.rawValue)
                writer.beginArray()
                for role in way.roles { writer.string(role) }
                writer.endArray()
            }
            writer.endObject()
        }
        writer.endArray()
    }
}
