/// A Lua script that Redis runs as one step.
package struct RedisScript: Sendable {
    package let source: String

    package init(_ source: String) { self.source = source }

    func call(_ verb: String, _ script: String, keys: [String], arguments: [[UInt8]]) -> RedisCommand {
        var command: RedisCommand = [verb, script, String(keys.count)]
        for key in keys { command.append(key) }
        for argument in arguments { command.append(bytes: argument) }
        return command
    }
}
