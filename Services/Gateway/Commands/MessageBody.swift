internal import JSON
package import LinkProtocol

/// A message as callers write it, in Discord's own form, and what is made of it before it leaves.
package enum MessageBody {
    /// What a caller may say. Not: nonce and enforce_nonce, which are ours; attachments need files, which a link has no way for.
    static let members: Set<String> = [
        "content", "embeds", "components", "allowed_mentions", "flags", "message_reference", "sticker_ids",
        "poll",
        "tts",
    ]

    /// Nobody is pinged unless the caller says who: Discord's own default is everybody who is named.
    private static let nobody = Array(#"{"parse":[]}"#.utf8)

    /// With explicit `allowed_mentions`, and with a nonce that Discord is to enforce.
    package static func prepared(_ message: [UInt8], nonce: String? = nil) throws(LinkFailure) -> [UInt8] {
        let root: JSONValue
        do throws(JSONError) { root = try JSONDocument(parsing: message).root } catch {
            throw LinkFailure(.invalid, "message: \(error)")
        }
        return try prepared(root, nonce: nonce)
    }

    static func prepared(_ message: JSONValue, nonce: String? = nil) throws(LinkFailure) -> [UInt8] {
        guard let object = message.object, !object.isEmpty else {
            throw LinkFailure(.invalid, "message: an object that says something")
        }
        var writer = JSONWriter(reserving: message.raw.count + 96)
        writer.beginObject()
        var mentions = nobody
        for (name, value) in object {
            guard members.contains(name) else { throw LinkFailure(.invalid, "message: no member \(name)") }
            if name == "allowed_mentions" {
                if !value.isNull { mentions = value.compacted }
                continue
            }
            writer.key(text: name)
            writer.raw(value.compacted)
        }
        writer.member("allowed_mentions", raw: mentions)
        if let nonce {
            writer.member("nonce", nonce)
            writer.member("enforce_nonce", true)
        }
        writer.endObject()
        return writer.takeBytes()
    }
}

/// An interaction's first response as callers write it: Discord's callback.
package struct ResponseBody: Sendable, Equatable {
    package enum Kind: Int, Sendable {
        case message = 4
        case update = 7
        case choices = 8
        case modal = 9
    }

    package let kind: Kind
    /// Of `message` and `update` prepared as any message.
    package let data: [UInt8]

    static let ephemeral = 64

    package init(_ response: [UInt8], to interaction: Interaction.Kind) throws(LinkFailure) {
        let root: JSONValue
        do throws(JSONError) { root = try JSONDocument(parsing: response).root } catch {
            throw LinkFailure(.invalid, "response: \(error)")
        }
        guard let kind = root["type"]?.int.flatMap({ Kind(rawValue: $0) }), let data = root["data"] else {
            throw LinkFailure(.invalid, "response: type 4, 7, 8 or 9, and data")
        }
        let fits =
            switch (kind, interaction) {
            case (.choices, _): interaction == .autocomplete
            case (_, .autocomplete): false
            case (.update, .command), (.modal, .modal): false
            default: true
            }
        guard fits else {
            throw LinkFailure(.invalid, "response: type \(kind.rawValue) does not answer \(interaction)")
        }
        self.kind = kind
        switch kind {
        case .message, .update: self.data = try MessageBody.prepared(data)
        case .choices, .modal:
            guard data.kind == .object else { throw LinkFailure(.invalid, "response: data is an object") }
            self.data = data.compacted
        }
    }

    package var encoded: [UInt8] { Self.encoded(type: kind.rawValue, data: data) }

    /// Behind another first response it would be a message of its own.
    func isMessage(to interaction: Interaction.Kind) -> Bool { kind == .message && interaction == .component }

    static func encoded(type: Int, data: [UInt8]?) -> [UInt8] {
        var writer = JSONWriter(reserving: 64)
        writer.beginObject()
        writer.member("type", type)
        if let data { writer.member("data", raw: data) }
        writer.endObject()
        return writer.takeBytes()
    }
}
