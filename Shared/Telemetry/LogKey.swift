/// The name of a fact in a log line. Each exists once, here; a new fact is a new constant.
package struct LogKey: Hashable, Sendable {
    package let name: String

    package init(_ name: StaticString) { self.name = name.description }

    // General
    package static let error = LogKey("error")
    package static let reason = LogKey("reason")
    package static let setting = LogKey("setting")
    package static let attempt = LogKey("attempt")
    package static let delaySeconds = LogKey("delay_seconds")
    package static let durationSeconds = LogKey("duration_seconds")
    package static let count = LogKey("count")
    package static let limit = LogKey("limit")
    package static let bytes = LogKey("bytes")
    package static let name = LogKey("name")
    package static let path = LogKey("path")
    package static let version = LogKey("version")
    package static let signal = LogKey("signal")
    package static let state = LogKey("state")

    // Network
    package static let address = LogKey("address")
    package static let host = LogKey("host")
    package static let port = LogKey("port")
    package static let url = LogKey("url")
    package static let method = LogKey("method")
    package static let route = LogKey("route")
    package static let status = LogKey("status")
    package static let code = LogKey("code")
    package static let command = LogKey("command")
    package static let peer = LogKey("peer")
    package static let connections = LogKey("connections")

    // Discord and the delivery chain
    package static let shard = LogKey("shard")
    package static let guild = LogKey("guild")
    package static let channel = LogKey("channel")
    package static let user = LogKey("user")
    package static let event = LogKey("event")
    package static let eventID = LogKey("event_id")
    package static let sequence = LogKey("sequence")
    package static let session = LogKey("session")
    package static let epoch = LogKey("epoch")
    package static let top = LogKey("top")
    package static let previous = LogKey("previous")
    package static let gapSeconds = LogKey("gap_seconds")
    package static let bus = LogKey("bus")
    package static let gateway = LogKey("gateway")
    package static let replica = LogKey("replica")

    // Access
    package static let action = LogKey("action")
    package static let target = LogKey("target")
    package static let outcome = LogKey("outcome")
    package static let detail = LogKey("detail")
    package static let key = LogKey("key")

    // Storage
    package static let migration = LogKey("migration")
    package static let rows = LogKey("rows")
    package static let table = LogKey("table")
}
