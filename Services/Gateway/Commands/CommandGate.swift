package import LinkProtocol

/// How many commands the process has taken and not answered, of each link and of all together.
package struct CommandGate: Sendable {
    package static let perLinkMax = 1_000
    package static let countMax = 10_000

    private var open: [LinkID: Set<UInt64>] = [:]
    package private(set) var count = 0

    package init() {}

    /// Why it is not taken; nil: it is.
    package mutating func take(_ id: UInt64, of link: LinkID) -> LinkFailure? {
        let held = open[link] ?? []
        guard !held.contains(id) else { return LinkFailure(.invalid, "this id is open on the link") }
        guard held.count < Self.perLinkMax, count < Self.countMax else {
            return LinkFailure(.overloaded, "too many commands are open")
        }
        open[link, default: []].insert(id)
        count += 1
        return nil
    }

    /// Whether somebody waits for it.
    package mutating func answered(_ id: UInt64, of link: LinkID) -> Bool {
        guard open[link]?.remove(id) != nil else { return false }
        count -= 1
        return true
    }

    package mutating func left(_ link: LinkID) { count -= open.removeValue(forKey: link)?.count ?? 0 }
}
