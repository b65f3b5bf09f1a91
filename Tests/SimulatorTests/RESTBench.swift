import Base
import HTTPServer
import HTTPWire
import JSON
import Simulator
import Testing

/// Calls of the API without sockets and without limits, and what a session with all intents hears of them.
struct RESTBench {
    var core = CoreBench(members: 60)
    /// What `{name}` stands for in paths and bodies.
    var names: [String: String] = [:]

    struct Reply {
        let status: Int
        let json: JSONValue?
        var code: Int? { json?["code"]?.int }
    }

    struct Step: Sendable {
        let method: String
        let path: String
        var body = ""
        /// The status; with an error the JSON code behind it.
        let answer: Int
        var code: Int?
        /// What is told, in order; nil: not looked at.
        var told: [String]?
        /// What the answer's `id` is called from then on.
        var name: String?

        init(
            _ method: String,
            _ path: String,
            _ body: String,
            _ answer: Int,
            code: Int? = nil,
            told: [String]? = nil,
            name: String? = nil
        ) {
            (self.method, self.path, self.body, self.answer) = (method, path, body, answer)
            (self.code, self.told, self.name) = (code, told, name)
        }

        init(
            _ method: String,
            _ path: String,
            _ answer: Int,
            code: Int? = nil,
            told: [String]? = nil,
            name: String? = nil
        ) {
            self.init(method, path, "", answer, code: code, told: told, name: name)
        }
    }

    init() {
        _ = core.identified(intents: 53_608_447)
        let guild = core.core.world.guilds[0]
        let plain = guild.members.values.first { member in
            member.id != guild.ownerID && member.id != guild.botID
                && !member.roles.contains { guild.roles[$0]?.string("name") == "Admin" }
        }
        names = [
            "g": guild.id.description, "bot": guild.botID.description,
            "owner": guild.ownerID?.description ?? "",
            "u": plain?.id.description ?? "", "app": core.core.world.applicationID.description,
        ]
        for (id, channel) in zip(guild.channels.ids, guild.channels.values) {
            names[channel.string("name") ?? ""] = id.description
        }
        for (id, role) in zip(guild.roles.ids, guild.roles.values) {
            names[role.string("name") ?? ""] = id.description
        }
    }

    func filled(_ text: String) -> String {
        names.reduce(text) { $0.replacing("{\($1.key)}", with: $1.value) }
    }

    mutating func call(
        _ method: String,
        _ path: String,
        _ body: String = "",
        headers: HTTPHeaders = [:]
    ) throws -> Reply {
        let target = filled(path)
        let head = try HTTPRequestHead(method: method, target: target, headers: headers)
        let request = HTTPRequest(head: head, body: Array(filled(body).utf8))
        let (endpoint, parameters) = try #require(Self.find(method, head.path), "\(method) \(target)")
        let call = RESTCall(request: request, parameters: parameters, now: core.now)
        let reply: RESTReply
        do { reply = try endpoint.perform(&core.core, call) } catch { reply = error }
        let json = reply.body.isEmpty ? nil : try JSONDocument(parsing: reply.body).root
        return Reply(status: reply.status, json: json)
    }

    /// Every step in order; what it says and what is told is what the step expects.
    mutating func run(_ steps: [Step]) throws {
        for step in steps {
            _ = core.takeAll()
            let reply = try call(step.method, step.path, step.body)
            let shown = reply.json.map { String(decoding: $0.raw, as: UTF8.self) } ?? ""
            let told = core.names()
            let fits = reply.status == step.answer && (step.code == nil || reply.code == step.code)
            #expect(
                fits,
                "\(step.method) \(filled(step.path)) \(step.body): \(reply.status) \(shown.prefix(300))"
            )
            if let expected = step.told {
                #expect(told == expected, "\(step.method) \(step.path) \(step.body)")
            }
            if let name = step.name {
                names[name] = reply.json?["id"]?.string ?? reply.json?["code"]?.string ?? ""
            }
        }
    }

    /// The endpoint with the fewest variables, as the router has it.
    private static func find(_ method: String, _ path: String) -> (Endpoint, PathParameters)? {
        let parts = path.split(separator: "/").map(String.init)
        var best: (Endpoint, [String: String])?
        for endpoint in Catalog.endpoints where endpoint.method == method {
            let pattern = endpoint.path.split(separator: "/").map(String.init)
            guard pattern.count == parts.count else { continue }
            var values: [String: String] = [:]
            let fits = zip(pattern, parts).allSatisfy { segment, part in
                guard segment.hasPrefix("{") else { return segment == part }
                values[String(segment.dropFirst().dropLast())] = part
                return true
            }
            if fits, values.count < best?.1.count ?? .max { best = (endpoint, values) }
        }
        return best.map { ($0, PathParameters($1)) }
    }
}
