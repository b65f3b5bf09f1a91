internal import HTTPServer
internal import JSON

extension Simulation {
    /// `{"kind":…,"shard":N,"ms":N}`; without `shard` every shard. Answers `{"connections":N}`, those it struck.
    func controlFault(_ request: HTTPRequest) -> HTTPResponse {
        if let root = try? JSONDocument(parsing: request.body).root, root["kind"]?.string == "rest" {
            return controlRESTFault(root)
        }
        let kinds = Fault.Kind.allCases.map(\.rawValue).joined(separator: ", ")
        guard let root = try? JSONDocument(parsing: request.body).root,
            let kind = root["kind"]?.string.flatMap({ Fault.Kind(rawValue: $0) })
        else { return .problem(status: 400, detail: #"the body must be {"kind":…}, one of "# + kinds) }
        let milliseconds = root["ms"]?.int
        guard (milliseconds ?? 0) >= 0 else {
            return .problem(status: 400, detail: "ms must not be negative")
        }
        let fault = Fault(
            kind: kind,
            shard: root["shard"]?.int,
            milliseconds: milliseconds,
            resumable: root["resumable"]?.bool ?? false
        )
        let touched = core.inflict(fault, now: now)
        flush()
        return .json(JSONText.object { $0.member("connections", touched) })
    }

    /// `{"rate":N}`: events per second from now on; 0 stops the community and the changes of permissions, another rate
    /// brings both back. `"permission_churn":N` besides: changes per second from now on.
    func controlRate(_ request: HTTPRequest, seed: UInt64) -> HTTPResponse {
        guard let root = try? JSONDocument(parsing: request.body).root, let rate = root["rate"]?.double,
            0...100_000 ~= rate
        else { return .problem(status: 400, detail: #"the body must be {"rate":N}, N from 0 to 100000"#) }
        if let churn = root["permission_churn"] {
            guard let number = churn.double, 0...1000 ~= number else {
                return .problem(status: 400, detail: "permission_churn must be a number from 0 to 1000")
            }
            usualChurn = number
        }
        setRate(rate, seed: seed)
        let churn = rate > 0 || root["permission_churn"] != nil ? usualChurn : 0
        setChurn(churn, seed: seed)
        return .json(
            JSONText.object { writer in
                writer.member("rate", rate)
                writer.member("permission_churn", churn)
            }
        )
    }
}
