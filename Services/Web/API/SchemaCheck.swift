import Base
package import JSON

/// What a value lacks to be of a schema, as the end of a sentence; nil where it lacks nothing.
package enum SchemaCheck {
    /// Of a parameter.
    package static func lack(ofText text: String, _ schema: Schema) -> String? {
        switch schema {
        case .string(let range):
            return range.contains(text.unicodeScalars.count)
                ? nil : "must have \(range.lowerBound) to \(range.upperBound) characters"
        case .form(let form):
            return form.isHeld(by: text) ? nil : "must be \(form.about)"
        case .choice(let choices):
            return choices.contains(text) ? nil : "must be one of \(choices.joined(separator: ", "))"
        case .snowflake:
            return isSnowflake(text) ? nil : "must be an id of Discord's"
        case .integer(let range):
            // One form only: what Int64 also reads (+1, 007) is not what the document says.
            guard let value = Int64(text), String(value) == text, range.contains(value) else {
                return "must be a whole number from \(range.lowerBound) to \(range.upperBound)"
            }
            return nil
        case .boolean:
            return text == "true" || text == "false" ? nil : "must be true or false"
        case .named(let name):
            return Schemas.all[name].flatMap { lack(ofText: text, $0) }
        case .nullable(let schema):
            return lack(ofText: text, schema)
        case .number, .array, .object, .anyObject:
            return "cannot be given as text"
        }
    }

    /// Of a body, or a part of it; `place` names it for people.
    package static func lack(of value: JSONValue, _ schema: Schema, at place: String) -> String? {
        switch schema {
        case .string, .form, .choice, .snowflake:
            guard let text = value.string else { return "\(place) must be a text" }
            return lack(ofText: text, schema).map { "\(place) \($0)" }
        case .integer(let range):
            guard let number = value.int64, range.contains(number) else {
                return "\(place) must be a whole number from \(range.lowerBound) to \(range.upperBound)"
            }
            return nil
        case .number: return value.double == nil ? "\(place) must be a number" : nil
        case .boolean: return value.bool == nil ? "\(place) must be true or false" : nil
        case .array(let element, let range):
            guard let array = value.array else { return "\(place) must be a list" }
            guard range.contains(array.count) else {
                return "\(place) must have \(range.lowerBound) to \(range.upperBound) entries"
            }
            for one in array {
                if let lack = lack(of: one, element, at: "an entry of \(place)") { return lack }
            }
            return nil
        case .object(let properties): return lack(of: value, properties, at: place)
        case .anyObject: return value.object == nil ? "\(place) must be an object" : nil
        case .named(let name): return Schemas.all[name].flatMap { lack(of: value, $0, at: place) }
        case .nullable(let schema): return value.isNull ? nil : lack(of: value, schema, at: place)
        }
    }

    private static func lack(of value: JSONValue, _ properties: [Schema.Property], at place: String)
        -> String?
    {
        guard let object = value.object else { return "\(place) must be an object" }
        var names: Set<String> = []
        for (name, member) in object {
            guard names.insert(name).inserted else { return "\(place) has \(name.prefix(40)) twice" }
            guard let property = properties.first(where: { "\($0.name)" == name }) else {
                return "\(place) must not have “\(name.prefix(40))”"
            }
            if let lack = lack(of: member, property.schema, at: name) { return lack }
        }
        for property in properties where property.isRequired && !names.contains("\(property.name)") {
            return "\(place) must have \(property.name)"
        }
        return nil
    }

    /// Of 20 digits some are too many for 64 bits, and none will be an id before 2084.
    private static func isSnowflake(_ text: String) -> Bool {
        guard text.utf8.count <= 19, text.utf8.first != 0x30 else { return false }
        return Snowflake(text) != nil
    }
}
