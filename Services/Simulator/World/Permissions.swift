/// Discord's permission bits, as far as they decide what happens in a simulated guild. Discord, "Permissions".
package struct Permissions: OptionSet, Sendable, Hashable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }

    package static let administrator = Permissions(rawValue: 1 << 3)
    package static let viewChannel = Permissions(rawValue: 1 << 10)
    package static let sendMessages = Permissions(rawValue: 1 << 11)
    package static let readMessageHistory = Permissions(rawValue: 1 << 16)
    package static let connect = Permissions(rawValue: 1 << 20)
    package static let manageThreads = Permissions(rawValue: 1 << 34)
    package static let sendMessagesInThreads = Permissions(rawValue: 1 << 38)

    package static let all = Permissions(rawValue: .max)
    /// What a time-out leaves.
    package static let timedOut: Permissions = [.viewChannel, .readMessageHistory]

    /// Decimal text, as Discord writes it; what is no such number is nothing.
    package init(text: String?) { self.init(rawValue: text.flatMap { UInt64($0) } ?? 0) }

    package var text: String { String(rawValue) }
}
