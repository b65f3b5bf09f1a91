package import HTTPServer
import JSON

/// One method on one path of the web service, with all that its document says of it. Routes, checks of requests and
/// `/api/openapi.json` are made of this one description, so none of them can be forgotten.
package struct Operation: Sendable {
    /// Who may call it.
    package enum Access: Sendable, Equatable {
        /// Anyone. What the caller shows is not looked at.
        case anyone
        /// Anyone, but the handler asks who it is: `APICall.caller` may be `nobody`.
        case maybe
        /// Who has logged in, with a session's cookie. What keys may never do: sessions, keys, settings' owners.
        case session
        /// Who has logged in, or a program's key with the scope.
        case scope(Scope)
    }

    package struct Parameter: Sendable {
        package enum Place: String, Sendable { case path, query, header }
        package let name: String
        package let place: Place
        package let schema: Schema
        package let about: String
        package let isRequired: Bool
        /// May be given several times, or with commas between its values.
        package let isList: Bool

        package static func path(_ name: String, _ schema: Schema, _ about: String) -> Parameter {
            Parameter(name: name, place: .path, schema: schema, about: about, isRequired: true, isList: false)
        }

        package static func query(_ name: String, _ schema: Schema, _ about: String, isRequired: Bool = false)
            -> Parameter
        {
            Parameter(
                name: name,
                place: .query,
                schema: schema,
                about: about,
                isRequired: isRequired,
                isList: false
            )
        }

        package static func list(_ name: String, _ schema: Schema, _ about: String) -> Parameter {
            Parameter(
                name: name,
                place: .query,
                schema: schema,
                about: about,
                isRequired: false,
                isList: true
            )
        }

        package static func header(_ name: String, _ schema: Schema, _ about: String) -> Parameter {
            Parameter(
                name: name,
                place: .header,
                schema: schema,
                about: about,
                isRequired: false,
                isList: false
            )
        }
    }

    /// One status that it answers. Problems that every operation of its access may answer (400, 401, 403, 404, 429, 503)
    /// need not be listed: `OpenAPIDocument` adds them.
    package struct Answer: Sendable {
        package let status: Int
        package let contentType: String?
        package let schema: Schema?
        package let about: String

        package static func json(_ schema: Schema, _ about: String, status: Int = 200) -> Answer {
            Answer(status: status, contentType: "application/json", schema: schema, about: about)
        }

        package static func content(_ type: String, _ about: String, status: Int = 200) -> Answer {
            Answer(status: status, contentType: type, schema: nil, about: about)
        }

        package static func empty(_ status: Int, _ about: String) -> Answer {
            Answer(status: status, contentType: nil, schema: nil, about: about)
        }

        package static func problem(_ status: Int, _ about: String) -> Answer {
            Answer(
                status: status,
                contentType: "application/problem+json",
                schema: .named("Problem"),
                about: about
            )
        }
    }

    package typealias Handler = @Sendable (APICall) async throws(Problem) -> HTTPResponse

    /// How it is answered.
    package enum Answering: Sendable {
        /// Checked by the table, then by the handler.
        case api(Handler)
        /// By a route of its own, which checks for itself: streams, pages, health.
        case route(Route)
    }

    package let method: String
    /// As in `Route.pattern`.
    package let pattern: String
    /// `operationId`: lower camel case, unique.
    package let name: String
    package let tag: Tag
    package let summary: String
    package let access: Access
    package let parameters: [Parameter]
    package let body: Schema?
    package let answers: [Answer]
    package let answering: Answering

    /// A chapter of the document.
    package enum Tag: String, Sendable, CaseIterable {
        case access = "Access"
        case guilds = "Guilds"
        case history = "History"
        case live = "Live"
        case keys = "Keys"
        case settings = "Settings"
        case overlays = "Overlays"
        case operations = "Operations"
        case pages = "Pages"
    }

    package init(
        _ method: String,
        _ pattern: String,
        _ name: String,
        tag: Tag,
        _ summary: String,
        access: Access,
        parameters: [Parameter] = [],
        body: Schema? = nil,
        answers: [Answer],
        handler: @escaping Handler
    ) {
        self.method = method
        self.pattern = pattern
        self.name = name
        self.tag = tag
        self.summary = summary
        self.access = access
        self.parameters = parameters
        self.body = body
        self.answers = answers
        answering = .api(handler)
    }

    /// One that is answered by its own route.
    package init(
        _ route: Route,
        _ name: String,
        tag: Tag,
        _ summary: String,
        access: Access = .anyone,
        parameters: [Parameter] = [],
        answers: [Answer]
    ) {
        method = route.method
        pattern = route.pattern
        self.name = name
        self.tag = tag
        self.summary = summary
        self.access = access
        self.parameters = parameters
        body = nil
        self.answers = answers
        answering = .route(route)
    }
}
