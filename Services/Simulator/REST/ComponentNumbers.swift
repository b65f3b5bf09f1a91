internal import JSON

/// Components as Discord gives them back. "Component Reference": one without an `id` gets the next free number, in
/// the order in which they stand; a modal comes back in the shape in which it was opened.
enum ComponentNumbers {
    static func filled(_ components: [JSONValue]) -> [UInt8] {
        var taken: Set<Int> = []
        for component in components { collect(component, &taken) }
        var last = 0
        return JSONText.array(components.map { fill($0, taken, &last) })
    }

    /// What a modal's components say when it is sent: numbers, names and what was entered; text, or a list of choices.
    static func submitted(_ components: JSONValue?, _ entered: JSONFields) -> [UInt8] {
        JSONText.array((components?.array.map(Array.init) ?? []).map { submit($0, entered) })
    }

    private static func children(_ component: JSONValue) -> [JSONValue] {
        var list = component["components"]?.array.map(Array.init) ?? []
        for name in ["component", "accessory"] {
            if let inner = component[name], inner.object != nil { list.append(inner) }
        }
        return list
    }

    private static func collect(_ component: JSONValue, _ taken: inout Set<Int>) {
        if let id = component["id"]?.int { taken.insert(id) }
        for child in children(component) { collect(child, &taken) }
    }

    private static func fill(_ component: JSONValue, _ taken: Set<Int>, _ last: inout Int) -> [UInt8] {
        guard var fields = JSONFields(component) else { return Array(component.raw) }
        if (fields.int("id") ?? 0) == 0 {
            repeat { last += 1 } while taken.contains(last)
            fields.set("id", last)
        }
        if let inner = component["components"]?.array {
            fields["components"] = JSONText.array(inner.map { fill($0, taken, &last) })
        }
        for name in ["component", "accessory"] {
            if let inner = component[name], inner.object != nil { fields[name] = fill(inner, taken, &last) }
        }
        return fields.encoded()
    }

    private static func submit(_ component: JSONValue, _ entered: JSONFields) -> [UInt8] {
        JSONText.object { writer in
            writer.member("type", component["type"]?.int ?? 0)
            writer.member("id", component["id"]?.int ?? 0)
            if let inner = component["components"] {
                writer.member("components", raw: submitted(inner, entered))
            }
            if let inner = component["component"] { writer.member("component", raw: submit(inner, entered)) }
            guard let name = component["custom_id"]?.string else { return }
            writer.member("custom_id", name)
            let isText = component["type"]?.int == 4
            let given = entered[name] ?? (isText ? JSONText.string("") : JSONText.emptyArray)
            writer.member(isText ? "value" : "values", raw: given)
        }
    }
}
