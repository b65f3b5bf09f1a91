internal import JSON

/// A message as a session without MESSAGE_CONTENT gets it.
package enum ContentStrip {
    package static func message(_ d: [UInt8]) -> [UInt8] {
        guard let root = try? JSONDocument(parsing: d).root, let fields = JSONFields(root) else { return d }
        return strip(fields).encoded()
    }

    private static func strip(_ message: JSONFields) -> JSONFields {
        var bare = message
        if bare["content"] != nil { bare.set("content", "") }
        for name in ["embeds", "attachments", "components"] where bare[name] != nil {
            bare[name] = JSONText.emptyArray
        }
        bare["poll"] = nil
        if let referenced = JSONFields(bare.value("referenced_message")) {
            bare["referenced_message"] = strip(referenced).encoded()
        }
        return bare
    }
}
