import JSON
import PostgresClient

/// How many requests keys of a tier may make.
package struct KeyTier: Sendable, Hashable {
    package let name: String
    package let perMinute: Int64
    package let perDay: Int64

    package init(name: String, perMinute: Int64, perDay: Int64) {
        self.name = name
        self.perMinute = perMinute
        self.perDay = perDay
    }

    init?(_ row: PostgresRow) {
        guard let name = row.string("name"), let perMinute = row.int64("per_minute"),
            let perDay = row.int64("per_day")
        else { return nil }
        self.init(name: name, perMinute: perMinute, perDay: perDay)
    }

    var quota: KeyQuota { KeyQuota(perMinute: perMinute, perDay: perDay) }

    func write(into json: inout JSONWriter) {
        json.beginObject()
        json.member("name", name)
        json.member("perMinute", perMinute)
        json.member("perDay", perDay)
        json.endObject()
    }
}
