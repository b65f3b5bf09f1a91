package import JSON

/// What RESUME needs: any process that has it can go on with the session.
package struct Session: Sendable, Equatable {
    package let id: String
    /// `resume_gateway_url` of READY.
    package let resumeURL: String
    /// The last dispatch that was taken in.
    package var sequence: UInt64

    package init(id: String, resumeURL: String, sequence: UInt64) {
        self.id = id
        self.resumeURL = resumeURL
        self.sequence = sequence
    }

    package init?(_ value: JSONValue) {
        guard let id = value["id"]?.string, let url = value["resumeUrl"]?.string,
            let sequence = value["sequence"]?.uint64
        else { return nil }
        self.init(id: id, resumeURL: url, sequence: sequence)
    }

    package func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", id)
        writer.member("resumeUrl", resumeURL)
        writer.member("sequence", sequence)
        writer.endObject()
    }
}

/// How messages are compressed on their way from Discord.
package enum GatewayCompression: String, Sendable, CaseIterable {
    case zlibStream = "zlib-stream"
    case zstdStream = "zstd-stream"
    case none
}

/// Addresses of the gateway.
package enum GatewayURL {
    /// `url` (of `/gateway/bot`, or a session's) with the query that Discord asks for; the same for RESUME.
    package static func connect(_ url: String, compression: GatewayCompression) -> String {
        var base = url.prefix { $0 != "?" && $0 != "#" }
        while base.hasSuffix("/") { base = base.dropLast() }
        let compress = compression == .none ? "" : "&compress=\(compression.rawValue)"
        return "\(base)/?v=10&encoding=json\(compress)"
    }
}
