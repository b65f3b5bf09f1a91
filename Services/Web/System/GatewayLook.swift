package import LinkProtocol

/// What a replica knows of one gateway that it is told to link to.
package struct GatewayLook: Sendable, Equatable {
    /// Host and port.
    package let address: String
    /// Why there is no link; nil: there is one.
    package let missing: String?
    /// Nil where it did not answer within `OpenCommands.reportWithin`, or knows the command not yet.
    package let report: GatewayReport?

    package init(address: String, missing: String?, report: GatewayReport? = nil) {
        self.address = address
        self.missing = missing
        self.report = report
    }
}

/// Where a replica asks how its gateways are.
package protocol GatewaySource: Sendable {
    func gateways() async -> [GatewayLook]
}

/// Over this replica's links, all at once.
package struct LinkGateways: GatewaySource {
    private let links: [LinkReceiver]

    package init(links: [LinkReceiver]) { self.links = links }

    package func gateways() async -> [GatewayLook] {
        await withTaskGroup(of: (Int, GatewayLook).self) { group in
            for (index, link) in links.enumerated() { group.addTask { (index, await Self.look(at: link)) } }
            var looks: [(Int, GatewayLook)] = []
            for await look in group { looks.append(look) }
            return looks.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private static func look(at link: LinkReceiver) async -> GatewayLook {
        if let missing = await link.missing { return GatewayLook(address: link.address, missing: missing) }
        switch await link.ask(.fetchGateway) {
        case .value(let value):
            return GatewayLook(address: link.address, missing: nil, report: GatewayReport(decoding: value))
        case .lost: return GatewayLook(address: link.address, missing: "the link has ended")
        case .member, .refused, .timedOut, .unsent: return GatewayLook(address: link.address, missing: nil)
        }
    }
}
