internal import Base
internal import JSON

/// A message that is to be sent or changed, checked. Discord, "Create Message", "Embed Limits", "Component Reference".
struct MessageForm {
    var fields: JSONFields
    let files: [UploadedFile]
    let nonce: String?
    let enforcesNonce: Bool

    /// Flags that a sender may set: SUPPRESS_EMBEDS, EPHEMERAL, SUPPRESS_NOTIFICATIONS, IS_VOICE_MESSAGE, IS_COMPONENTS_V2.
    private static let flagsAllowed = 4 | 64 | 4096 | 8192 | 32_768
    private static let kept = [
        "content", "embeds", "components", "flags", "poll", "message_reference", "tts", "allowed_mentions",
        "attachments", "sticker_ids", "nonce",
    ]

    init(_ form: (fields: JSONFields, files: [UploadedFile]), editing: Bool = false) throws(RESTReply) {
        let given = form.fields
        files = form.files
        fields = JSONFields()
        for name in Self.kept { fields[name] = given[name] }
        nonce = given.string("nonce") ?? given.int("nonce").map(String.init)
        enforcesNonce = given.bool("enforce_nonce") ?? false
        guard (nonce?.count ?? 0) <= 25 else { throw RESTReply.tooLong("nonce", 25) }
        guard (given.string("content")?.count ?? 0) <= 2000 else { throw RESTReply.tooLong("content", 2000) }
        try Self.check(embeds: Self.list(given, "embeds", max: 10))
        try Self.check(mentions: given.value("allowed_mentions"))
        guard files.count <= 10 else { throw RESTReply.tooLong("files", 10) }
        _ = try Self.list(given, "sticker_ids", max: 3)
        let flags = given.int("flags") ?? 0
        fields.set("flags", flags & Self.flagsAllowed)
        let isV2 = flags & 32_768 != 0
        let components = try Self.list(given, "components", max: 40)
        try ComponentForm.check(components, isV2: isV2)
        if !components.isEmpty { fields["components"] = ComponentNumbers.filled(components) }
        let texts = ["content", "embeds", "poll", "sticker_ids"].filter { Self.isGiven(given, $0) }
        if isV2, let text = texts.first {
            let reason = "The '\(text)' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
            throw RESTReply.invalidForm(text, "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", reason)
        }
        guard editing || !texts.isEmpty || Self.isGiven(given, "components") || !files.isEmpty else {
            throw RESTReply.emptyMessage
        }
        if let poll = given.value("poll"), poll.object != nil {
            guard poll["question"]?["text"]?.string != nil, 1...10 ~= poll["answers"]?.array?.count ?? 0
            else {
                throw RESTReply.required("poll.answers")
            }
        }
    }

    /// The message of a deferred answer: LOADING, and EPHEMERAL where that was asked for.
    init(loading flags: Int) {
        (files, nonce, enforcesNonce) = ([], nil, false)
        fields = JSONFields()
        fields.set("flags", flags)
    }

    private static func isGiven(_ given: JSONFields, _ name: String) -> Bool {
        guard let value = given.value(name) else { return false }
        return value.string?.isEmpty == false || value.array?.isEmpty == false || value.object != nil
    }

    private static func list(_ given: JSONFields, _ name: String, max: Int) throws(RESTReply) -> [JSONValue] {
        guard let value = given.value(name), !value.isNull else { return [] }
        guard let array = value.array else {
            throw RESTReply.invalidForm(name, "BASE_TYPE_BAD_TYPE", "Only iterables may be used in a list")
        }
        guard array.count <= max else { throw RESTReply.tooLong(name, max) }
        return Array(array)
    }

    private static func check(embeds: [JSONValue]) throws(RESTReply) {
        var sum = 0
        func measure(_ value: JSONValue?, _ path: String, _ max: Int) throws(RESTReply) {
            let length = value?.string.map { $0.unicodeScalars.count } ?? 0
            guard length <= max else { throw RESTReply.tooLong(path, max) }
            sum += length
        }
        for (index, embed) in embeds.enumerated() {
            let path = "embeds.\(index)"
            guard embed.object != nil else {
                throw RESTReply.invalidForm(path, "MODEL_TYPE_CONVERT", "Only dictionaries may be used")
            }
            try measure(embed["title"], path + ".title", 256)
            try measure(embed["description"], path + ".description", 4096)
            try measure(embed["author"]?["name"], path + ".author.name", 256)
            try measure(embed["footer"]?["text"], path + ".footer.text", 2048)
            let fields = embed["fields"]?.array.map(Array.init) ?? []
            guard fields.count <= 25 else { throw RESTReply.tooLong(path + ".fields", 25) }
            for (number, field) in fields.enumerated() {
                for (name, max) in [("name", 256), ("value", 1024)] {
                    guard field[name]?.string?.isEmpty == false else {
                        throw RESTReply.required("\(path).fields.\(number).\(name)")
                    }
                    try measure(field[name], "\(path).fields.\(number).\(name)", max)
                }
            }
        }
        guard sum <= 6000 else {
            throw RESTReply.invalidForm(
                "embeds",
                "MAX_EMBED_SIZE_EXCEEDED",
                "Embed size exceeds maximum size of 6000"
            )
        }
    }

    /// Who may be named and who is parsed exclude each other. Discord, "Allowed Mentions".
    private static func check(mentions: JSONValue?) throws(RESTReply) {
        guard let mentions, !mentions.isNull else { return }
        let parse = mentions["parse"]?.array?.compactMap(\.string) ?? []
        for (index, name) in parse.enumerated() where !["users", "roles", "everyone"].contains(name) {
            throw RESTReply.notOneOf("allowed_mentions.parse.\(index)", "'users', 'roles', 'everyone'")
        }
        for name in ["users", "roles"] {
            let count = mentions[name]?.array?.count ?? 0
            guard count <= 100 else { throw RESTReply.tooLong("allowed_mentions.\(name)", 100) }
            guard count == 0 || !parse.contains(name) else {
                throw RESTReply.invalidForm(
                    "allowed_mentions",
                    "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
                    "parse:[\"\(name)\"] and \(name): [ids...] are mutually exclusive."
                )
            }
        }
    }
}
