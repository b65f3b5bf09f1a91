internal import JSON

/// The components of a message. Discord, "Component Reference".
enum ComponentForm {
    static func check(_ components: [JSONValue], isV2: Bool) throws(RESTReply) {
        guard isV2 || components.count <= 5 else { throw RESTReply.tooLong("components", 5) }
        var (count, names): (Int, Set<String>) = (0, [])
        for (index, component) in components.enumerated() {
            let path = "components.\(index)"
            guard isV2 || component["type"]?.int == 1 else { throw RESTReply.notOneOf(path + ".type", "1") }
            try check(component, path, &count, &names)
        }
        guard count <= 40 || !isV2 else { throw RESTReply.tooLong("components", 40) }
    }

    private static func check(
        _ component: JSONValue,
        _ path: String,
        _ count: inout Int,
        _ names: inout Set<String>
    ) throws(RESTReply) {
        count += 1
        guard let type = component["type"]?.int else { throw RESTReply.required(path + ".type") }
        let children = component["components"]?.array.map(Array.init) ?? []
        switch type {
        case 1:
            let buttons = children.count { $0["type"]?.int == 2 }
            guard 1...5 ~= children.count, buttons == children.count || children.count == 1 else {
                throw RESTReply.badLength(path + ".components", 1...5)
            }
        case 2: try check(button: component, path)
        case 3:
            let options = component["options"]?.array.map(Array.init) ?? []
            guard 1...25 ~= options.count else { throw RESTReply.badLength(path + ".options", 1...25) }
        default: break
        }
        let needsName =
            (type == 2 && ![5, 6].contains(component["style"]?.int)) || [3, 5, 6, 7, 8].contains(type)
        if needsName {
            guard let name = component["custom_id"]?.string else {
                throw RESTReply.required(path + ".custom_id")
            }
            guard 1...100 ~= name.count else { throw RESTReply.badLength(path + ".custom_id", 1...100) }
            guard names.insert(name).inserted else {
                throw RESTReply.invalidForm(
                    path + ".custom_id",
                    "COMPONENT_CUSTOM_ID_DUPLICATED",
                    "Component custom id cannot be duplicated"
                )
            }
        }
        for (index, child) in children.enumerated() {
            try check(child, "\(path).components.\(index)", &count, &names)
        }
        if let accessory = component["accessory"], accessory.object != nil {
            try check(accessory, path + ".accessory", &count, &names)
        }
    }

    private static func check(button: JSONValue, _ path: String) throws(RESTReply) {
        guard let style = button["style"]?.int, 1...6 ~= style else {
            throw RESTReply.notOneOf(path + ".style", "1, 2, 3, 4, 5, 6")
        }
        guard (button["label"]?.string?.count ?? 0) <= 80 else {
            throw RESTReply.tooLong(path + ".label", 80)
        }
        guard style != 5 || button["url"]?.string != nil else { throw RESTReply.required(path + ".url") }
    }

    /// The component of this `custom_id`, wherever it stands.
    static func find(_ name: String, in components: JSONValue?) -> JSONValue? {
        for component in components?.array.map(Array.init) ?? [] {
            if component["custom_id"]?.string == name { return component }
            if let found = find(name, in: component["components"]) { return found }
            if let accessory = component["accessory"], accessory["custom_id"]?.string == name {
                return accessory
            }
            if let inner = component["component"], inner["custom_id"]?.string == name { return inner }
        }
        return nil
    }
}
