import JSON

/// A shape as JSON Schema 2020-12.
enum OpenAPISchema {
    /// With a description beside it, which 2020-12 allows beside a reference too.
    static func write(_ schema: Schema, about: String? = nil, into writer: inout JSONWriter) {
        writer.beginObject()
        if let about { writer.member("description", about) }
        switch schema {
        case .nullable(.named(let name)):
            writer.key("anyOf")
            writer.beginArray()
            write(.named(name), into: &writer)
            writer.beginObject()
            writer.member("type", "null")
            writer.endObject()
            writer.endArray()
        case .nullable(let schema): writeMembers(schema, true, into: &writer)
        default: writeMembers(schema, false, into: &writer)
        }
        writer.endObject()
    }

    private static func writeMembers(_ schema: Schema, _ isNullable: Bool, into writer: inout JSONWriter) {
        func type(_ name: String, _ writer: inout JSONWriter) {
            guard isNullable else { return writer.member("type", name) }
            writer.key("type")
            writer.beginArray()
            writer.string(name)
            writer.string("null")
            writer.endArray()
        }
        switch schema {
        case .string(let range):
            type("string", &writer)
            writeLength(range, into: &writer)
        case .form(let form):
            type("string", &writer)
            writeLength(form.length, into: &writer)
            writer.member("pattern", form.pattern)
        case .choice(let choices):
            type("string", &writer)
            writer.key("enum")
            writer.beginArray()
            for choice in choices { writer.string(choice) }
            if isNullable { writer.null() }
            writer.endArray()
        case .snowflake:
            type("string", &writer)
            writer.member("pattern", "^[1-9][0-9]{0,18}$")
        case .integer(let range):
            type("integer", &writer)
            writer.member("minimum", range.lowerBound)
            writer.member("maximum", range.upperBound)
        case .number: type("number", &writer)
        case .boolean: type("boolean", &writer)
        case .array(let element, let range):
            type("array", &writer)
            writer.key("items")
            write(element, into: &writer)
            writer.member("minItems", range.lowerBound)
            writer.member("maxItems", range.upperBound)
        case .object(let properties):
            type("object", &writer)
            writeProperties(properties, into: &writer)
        case .anyObject: type("object", &writer)
        case .named(let name): writer.member("$ref", "#/components/schemas/\(name)")
        case .nullable: break
        }
    }

    private static func writeLength(_ range: ClosedRange<Int>, into writer: inout JSONWriter) {
        writer.member("minLength", range.lowerBound)
        writer.member("maxLength", range.upperBound)
    }

    private static func writeProperties(_ properties: [Schema.Property], into writer: inout JSONWriter) {
        writer.key("properties")
        writer.beginObject()
        for property in properties {
            writer.key(property.name)
            write(property.schema, about: property.about, into: &writer)
        }
        writer.endObject()
        writer.key("required")
        writer.beginArray()
        for property in properties where property.isRequired { writer.string("\(property.name)") }
        writer.endArray()
        writer.member("additionalProperties", false)
    }
}
