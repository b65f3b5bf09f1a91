internal import JSON

/// Discord's errors, as `topics/opcodes-and-status-codes` lists them.
extension RESTReply: Error {
    /// Discord's error body: a code of its own and a sentence.
    package static func error(_ status: Int, _ code: Int, _ message: String) -> RESTReply {
        RESTReply(
            JSONText.object { writer in
                writer.member("message", message)
                writer.member("code", code)
            },
            status: status
        )
    }

    static let unauthorized = error(401, 0, "401: Unauthorized")
    static let notFound = error(404, 0, "404: Not Found")
    static let unknownChannel = error(404, 10003, "Unknown Channel")
    static let unknownGuild = error(404, 10004, "Unknown Guild")
    static let unknownInvite = error(404, 10006, "Unknown Invite")
    static let unknownMember = error(404, 10007, "Unknown Member")
    static let unknownMessage = error(404, 10008, "Unknown Message")
    static let unknownOverwrite = error(404, 10009, "Unknown Overwrite")
    static let unknownRole = error(404, 10011, "Unknown Role")
    static let unknownUser = error(404, 10013, "Unknown User")
    static let unknownEmoji = error(400, 10014, "Unknown Emoji")
    static let unknownWebhook = error(404, 10015, "Unknown Webhook")
    static let unknownBan = error(404, 10026, "Unknown Ban")
    static let unknownInteraction = error(404, 10062, "Unknown interaction")
    static let unknownCommand = error(404, 10063, "Unknown application command")
    static let unknownVoiceState = error(404, 10065, "Unknown Voice State")
    static let unauthorizedAction = error(403, 40001, "Unauthorized")
    static let fileTooLarge = error(413, 40005, "Request entity too large")
    static let alreadyAcknowledged = error(400, 40060, "Interaction has already been acknowledged.")
    static let missingAccess = error(403, 50001, "Missing Access")
    static let notOwnMessage = error(403, 50005, "Cannot edit a message authored by another user")
    static let emptyMessage = error(400, 50006, "Cannot send an empty message")
    static let missingPermissions = error(403, 50013, "Missing Permissions")
    static let wrongChannelType = error(400, 50024, "Cannot execute action on this channel type")
    static let invalidRole = error(400, 50028, "Invalid Role")
    static let tooOldToBulkDelete = error(
        400,
        50034,
        "You can only bulk delete messages that are under 14 days old."
    )
    static let invalidJSON = error(400, 50109, "The request body contains invalid JSON.")
    static let threadArchived = error(400, 50083, "Thread is archived")
    static let replyNeedsHistory = error(
        403,
        160_002,
        "Cannot reply without permission to read message history"
    )

    /// One field of the form is wrong; `path` names it, with dots between its parts. Discord, "Error Messages".
    static func invalidForm(_ path: String, _ code: String, _ message: String) -> RESTReply {
        let problem = JSONText.object { writer in
            writer.member("code", code)
            writer.member("message", message)
        }
        var tree = JSONText.object { $0.member("_errors", raw: JSONText.array([problem])) }
        for name in path.split(separator: ".").reversed() {
            let inner = tree
            tree = JSONText.object { $0.member(String(name), raw: inner) }
        }
        return RESTReply(
            JSONText.object { writer in
                writer.member("message", "Invalid Form Body")
                writer.member("code", 50035)
                writer.member("errors", raw: tree)
            },
            status: 400
        )
    }

    static func tooLong(_ path: String, _ max: Int) -> RESTReply {
        invalidForm(path, "BASE_TYPE_MAX_LENGTH", "Must be \(max) or fewer in length.")
    }

    static func badLength(_ path: String, _ range: ClosedRange<Int>) -> RESTReply {
        let text = "Must be between \(range.lowerBound) and \(range.upperBound) in length."
        return invalidForm(path, "BASE_TYPE_BAD_LENGTH", text)
    }

    static func required(_ path: String) -> RESTReply {
        invalidForm(path, "BASE_TYPE_REQUIRED", "This field is required")
    }

    static func notOneOf(_ path: String, _ choices: String) -> RESTReply {
        invalidForm(path, "BASE_TYPE_CHOICES", "Value must be one of {\(choices)}.")
    }

    static func outOfRange(_ path: String, _ range: ClosedRange<Int>) -> RESTReply {
        let text = "int value should be between \(range.lowerBound) and \(range.upperBound)."
        return invalidForm(path, "NUMBER_TYPE_RANGE", text)
    }
}
