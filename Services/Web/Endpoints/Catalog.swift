package import HTTPServer

/// Every endpoint there is.
package enum Catalog {
    private static let endpoints: [any Endpoint.Type] = [
        OperationsEndpoint.self,
        StreamEndpoint.self,
        FeedEndpoint.self,
        PagesEndpoint.self,
        PicturesEndpoint.self,
        LibrariesEndpoint.self,
        OpenAPIEndpoint.self,
    ]

    private static let api: [any APIEndpoint.Type] = [
        LoginEndpoint.self,
        SessionsEndpoint.self,
        GuildsEndpoint.self,
        ChannelsEndpoint.self,
        MembersEndpoint.self,
        VoiceEndpoint.self,
        MessagesEndpoint.self,
        PresenceEndpoint.self,
        ActivityEndpoint.self,
        EventsEndpoint.self,
        AuditEndpoint.self,
        SettingsEndpoint.self,
        KeysEndpoint.self,
        PresetsEndpoint.self,
        OverlaysEndpoint.self,
        SystemEndpoint.self,
        BotEndpoint.self,
    ]

    /// What the document says and the router answers: one list.
    package static func operations(_ context: EndpointContext) -> [Operation] {
        endpoints.flatMap { $0.operations(context) }
            + (context.api.map { api in Self.api.flatMap { $0.operations(api) } } ?? [])
    }

    package static func routes(_ context: EndpointContext) -> [Route] {
        let door = context.api.map { Door($0) }
        let headers = SecurityHeaders()
        return operations(context).compactMap { operation -> Route? in
            switch operation.answering {
            case .route(let route): route
            case .api: door?.route(operation)
            }
        }
        .map { headers.covering($0) }
    }
}
