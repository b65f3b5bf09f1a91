internal import Base
internal import JSON

/// An application command, checked. Discord, "Application Command Structure".
enum CommandForm {
    private static let kept = [
        "name", "name_localizations", "description", "description_localizations", "options",
        "default_member_permissions", "nsfw", "type", "contexts", "integration_types",
    ]

    /// The command without its ids. `path` is where it stands in the request, with a dot behind it.
    static func read(_ given: JSONFields, path: String = "") throws(RESTReply) -> JSONFields {
        let type = given.int("type") ?? 1
        guard 1...4 ~= type else { throw RESTReply.notOneOf(path + "type", "1, 2, 3, 4") }
        guard let name = given.string("name") else { throw RESTReply.required(path + "name") }
        try check(name: name, path + "name", isPlain: type == 1)
        let description = given.string("description") ?? ""
        let expected = type == 1 || type == 4 ? 1...100 : 0...0
        guard expected.contains(description.count) else {
            throw RESTReply.badLength(path + "description", expected)
        }
        let options = given.value("options")?.array.map(Array.init) ?? []
        guard options.isEmpty || type == 1 else { throw RESTReply.tooLong(path + "options", 0) }
        var size = name.count + description.count
        try check(options, path + "options", depth: 0, &size)
        guard size <= 8000 else {
            throw RESTReply.invalidForm(
                path + "_",
                "APPLICATION_COMMAND_TOO_LARGE",
                "Command exceeds maximum size (8000)"
            )
        }
        var command = JSONFields()
        command.set("type", type)
        for name in kept where given[name] != nil { command[name] = given[name] }
        var defaults = JSONFields()
        for name in [
            "name_localizations", "description_localizations", "default_member_permissions", "contexts",
        ] {
            defaults.setNull(name)
        }
        defaults.set("description", "")
        defaults.set("nsfw", false)
        defaults.set("dm_permission", true)
        defaults["integration_types"] = Array("[0]".utf8)
        if type == 1 { defaults["options"] = JSONText.emptyArray }
        command.complete(with: defaults)
        return command
    }

    /// Letters, digits, `-`, `_` and `'`; lower case where it exists. Commands of users and messages are freer.
    private static func check(name: String, _ path: String, isPlain: Bool) throws(RESTReply) {
        guard 1...32 ~= name.count else { throw RESTReply.badLength(path, 1...32) }
        guard isPlain else { return }
        let fits = name.unicodeScalars.allSatisfy { scalar in
            let properties = scalar.properties
            return "-_'".unicodeScalars.contains(scalar) || properties.isAlphabetic
                || properties.numericType != nil
        }
        guard fits, name == name.lowercased() else {
            throw RESTReply.invalidForm(
                path,
                "APPLICATION_COMMAND_INVALID_NAME",
                "Command name is invalid"
            )
        }
    }

    private static func check(_ options: [JSONValue], _ path: String, depth: Int, _ size: inout Int)
        throws(RESTReply)
    {
        guard options.count <= 25 else { throw RESTReply.tooLong(path, 25) }
        var (names, isOptional): (Set<String>, Bool) = ([], false)
        for (index, option) in options.enumerated() {
            let path = "\(path).\(index)"
            guard let type = option["type"]?.int, 1...11 ~= type else {
                throw RESTReply.required(path + ".type")
            }
            guard let name = option["name"]?.string else { throw RESTReply.required(path + ".name") }
            try check(name: name, path + ".name", isPlain: true)
            guard names.insert(name).inserted else {
                throw RESTReply.invalidForm(
                    path + ".name",
                    "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS",
                    "Option name already exists"
                )
            }
            let text = option["description"]?.string ?? ""
            guard 1...100 ~= text.count else { throw RESTReply.badLength(path + ".description", 1...100) }
            size += name.count + text.count
            if type <= 2 {
                guard depth == 0 || (depth == 1 && type == 1) else {
                    throw RESTReply.notOneOf(path + ".type", "3 to 11")
                }
                try check(
                    option["options"]?.array.map(Array.init) ?? [],
                    path + ".options",
                    depth: type == 1 ? 2 : 1,
                    &size
                )
                continue
            }
            let isRequired = option["required"]?.bool ?? false
            guard !isRequired || !isOptional else {
                throw RESTReply.invalidForm(
                    path,
                    "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                    "Required options must be placed before non-required options"
                )
            }
            isOptional = isOptional || !isRequired
            try check(choices: option, path, &size)
        }
    }

    private static func check(choices option: JSONValue, _ path: String, _ size: inout Int) throws(RESTReply)
    {
        let choices = option["choices"]?.array.map(Array.init) ?? []
        guard choices.count <= 25 else { throw RESTReply.tooLong(path + ".choices", 25) }
        guard choices.isEmpty || option["autocomplete"]?.bool != true else {
            throw RESTReply.invalidForm(
                path + ".autocomplete",
                "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID",
                "Choices and autocomplete exclude each other"
            )
        }
        for (index, choice) in choices.enumerated() {
            let length = choice["name"]?.string?.count ?? 0
            guard 1...100 ~= length else {
                throw RESTReply.badLength("\(path).choices.\(index).name", 1...100)
            }
            guard let value = choice["value"], !value.isNull else {
                throw RESTReply.required("\(path).choices.\(index).value")
            }
            size += length + (value.string?.count ?? 0)
        }
    }
}
