import JSON
import LinkProtocol

extension JSONWriter {
    /// Discord's application or user, as every answer of the API says who they are: null while nobody knows.
    mutating func member(_ key: StaticString, _ named: GatewayReport.Named?) {
        self.key(key)
        guard let named else { return null() }
        beginObject()
        member("id", named.id)
        member("name", named.name ?? "")
        endObject()
    }
}
