import Base

/// A value's shape, as the API's document says it and as requests are checked by it: one table for both.
///
/// A part of JSON Schema 2020-12, which is what OpenAPI 3.1 uses.
package indirect enum Schema: Sendable {
    /// Length in Unicode scalars.
    case string(ClosedRange<Int>)
    /// A text that has a form of its own: a pattern for the document, and the check that goes with it.
    case form(TextForm)
    /// One of these texts.
    case choice([String])
    /// A Discord id: 1 to 19 decimal digits without leading zeros, as a string.
    case snowflake
    case integer(ClosedRange<Int64>)
    case number
    case boolean
    case array(Schema, ClosedRange<Int>)
    /// Members that are not named are refused in requests.
    case object([Property])
    /// Any object. For bodies and answers alone, as lists and objects are.
    case anyObject
    /// One of the document's components; `Schemas.all` has them.
    case named(String)
    /// The same, or null.
    case nullable(Schema)

    package struct Property: Sendable {
        package let name: StaticString
        package let schema: Schema
        package let isRequired: Bool
        /// For people: what it is, in which unit.
        package let about: String

        package init(_ name: StaticString, _ schema: Schema, _ about: String, isRequired: Bool = true) {
            self.name = name
            self.schema = schema
            self.isRequired = isRequired
            self.about = about
        }

        package static func optional(_ name: StaticString, _ schema: Schema, _ about: String) -> Property {
            Property(name, schema, about, isRequired: false)
        }
    }

    /// Unix milliseconds.
    package static let time = Schema.integer(0...253_402_300_799_999)
    /// 32 hex digits: a session's or a key's id.
    package static let id = Schema.form(.hex32)
    /// A page's end; opaque.
    package static let cursor = Schema.string(1...128)
    package static let count = Schema.integer(0...9_007_199_254_740_991)
}
