package import Base

/// What the community does, and how often each.
package struct CommunityMix: Sendable, Equatable {
    package enum Act: String, Sendable, CaseIterable {
        case presence, message, edit, deletion, voice, reaction, typing, members, roles, names, rarity
    }

    private struct Share: Sendable, Equatable {
        let act: Act
        let weight: Int
    }

    private let shares: [Share]
    private let total: Int

    private init(_ shares: [(Act, Int)]) {
        self.shares = shares.map { Share(act: $0, weight: $1) }
        total = shares.reduce(0) { $0 + $1.1 }
    }

    /// An evening among people.
    package static let usual = CommunityMix(
        [(.presence, 350), (.message, 280), (.edit, 30), (.deletion, 20), (.voice, 200)] + rest
    )

    /// That, and now and then what is rarer: polls, stages, scheduled events, invites, …
    package static let everything = CommunityMix(
        [(.presence, 350), (.message, 280), (.edit, 30), (.deletion, 20), (.voice, 200)] + rest + [
            (.rarity, 60)
        ]
    )

    private static let rest: [(Act, Int)] = [
        (.reaction, 50), (.typing, 30), (.members, 15), (.roles, 13), (.names, 12),
    ]

    /// `usual`, `everything`, or whole numbers for `presence`, `message`, `voice` and `other`, such as
    /// `presence=70,message=20,voice=5,other=5`; what is not named does not happen. Nil where it is neither.
    package init?(_ text: String) {
        if text == "usual" {
            self = .usual
            return
        }
        if text == "everything" {
            self = .everything
            return
        }
        var given: [String: Int] = [:]
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pair = part.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
            guard pair.count == 2, ["presence", "message", "voice", "other"].contains(pair[0]),
                given[pair[0]] == nil, let weight = Int(pair[1]), 0...1000 ~= weight
            else { return nil }
            given[pair[0]] = weight
        }
        guard given.values.contains(where: { $0 > 0 }) else { return nil }
        let others: [(Act, Int)] = [(.edit, 30), (.deletion, 20)] + Self.rest
        let whole = others.reduce(0) { $0 + $1.1 }
        let share = { (name: String) in (given[name] ?? 0) * whole }
        self.init(
            [(.presence, share("presence")), (.message, share("message")), (.voice, share("voice"))]
                + others.map { ($0, $1 * (given["other"] ?? 0)) }
        )
    }

    package func draw(_ random: inout SeededRandom) -> Act {
        var left = Int.random(in: 0..<total, using: &random)
        for share in shares {
            if left < share.weight { return share.act }
            left -= share.weight
        }
        return .presence
    }
}
