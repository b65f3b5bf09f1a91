import HTTPWire
import JSON

/// What an operation answers, by status: what its table says, and what follows from who may call it and what it takes.
struct OpenAPIAnswers {
    private let answers: [(status: Int, all: [Operation.Answer])]
    private let isTagged: Bool

    init(of operation: Operation) {
        var byStatus = Dictionary(grouping: operation.answers, by: \.status)
        for answer in Self.implied(by: operation) where byStatus[answer.status] == nil {
            byStatus[answer.status] = [answer]
        }
        answers = byStatus.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        isTagged = byStatus[304] != nil
    }

    private static func implied(by operation: Operation) -> [Operation.Answer] {
        var answers: [Operation.Answer] = [
            .problem(400, "Something in the request is not as it must be"),
            .problem(414, "The address is too long"),
            .problem(431, "The headers are too long"),
        ]
        if case .api = operation.answering {
            answers.append(.problem(429, "Too many requests; Retry-After says when to come again"))
            answers.append(.problem(503, "It cannot be told now; the detail says what is missing"))
            let hasPath = operation.parameters.contains { $0.place == .path }
            if hasPath { answers.append(.problem(404, "It is not there, or you may not see it")) }
        }
        switch operation.access {
        case .anyone: break
        case .maybe: answers.append(.problem(403, "Keys cannot do this"))
        case .session, .scope:
            answers.append(.problem(401, "Nobody is logged in, or what was shown is not good any more"))
            answers.append(.problem(403, "You may not do this"))
        }
        if operation.body != nil {
            answers.append(.problem(413, "The body is too long"))
            answers.append(.problem(415, "The body must be application/json"))
        }
        return answers
    }

    func write(into writer: inout JSONWriter) {
        writer.key("responses")
        writer.beginObject()
        for (status, all) in answers {
            writer.key(text: String(status))
            writer.beginObject()
            writer.member("description", all.map(\.about).joined(separator: "; "))
            if isTagged, status == 200 || status == 304 { Self.writeTag(into: &writer) }
            let content = all.compactMap { answer in
                answer.contentType.map { (type: $0, schema: answer.schema) }
            }
            if !content.isEmpty { OpenAPIDocument.writeContent(content, into: &writer) }
            writer.endObject()
        }
        writer.endObject()
    }

    private static func writeTag(into writer: inout JSONWriter) {
        writer.key("headers")
        writer.beginObject()
        writer.key("ETag")
        writer.beginObject()
        writer.member("description", "Of the content, for If-None-Match")
        writer.key("schema")
        OpenAPISchema.write(.string(1...64), into: &writer)
        writer.endObject()
        writer.endObject()
    }
}
