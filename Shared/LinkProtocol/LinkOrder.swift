package import Base
package import EventModels

/// Something that a command wants done, not only known.
package struct LinkOrder: Sendable, Equatable {
    /// What is to be done. Bytes are JSON without blanks, in Discord's own form.
    package enum Deed: Sendable, Equatable {
        case sendMessage(channel: Snowflake, message: [UInt8])
        case editMessage(channel: Snowflake, id: Snowflake, message: [UInt8])
        case deleteMessage(channel: Snowflake, id: Snowflake, reason: String?)
        case addReaction(channel: Snowflake, id: Snowflake, emoji: String)
        case removeReaction(channel: Snowflake, id: Snowflake, emoji: String)
        case addRole(user: Snowflake, role: Snowflake, reason: String?)
        case removeRole(user: Snowflake, role: Snowflake, reason: String?)
        /// All commands of the guild, or all global ones.
        case registerCommands(isGlobal: Bool, commands: [UInt8])
        /// An interaction's first response: callback types 4, 7, 8 and 9.
        case answer(Snowflake, response: [UInt8])
        case deferAnswer(Snowflake, ephemeral: Bool)
        case followUp(Snowflake, message: [UInt8])
        case editAnswer(Snowflake, message: [UInt8])
        case emit(event: String, payload: [UInt8])
    }

    package var shard: ShardName?
    /// Says which shard, where none is named.
    package var guild: Snowflake?
    /// The idempotency key: 1 to 64 bytes of the caller's choice, the same for the same wish.
    package var key: String
    /// How long it may take, in milliseconds from its receipt.
    package var deadline: Int
    package var deed: Deed

    package static let keyBytesMax = 64
    package static let deadlineMax = 900_000
    package static let deadlineDefault = 15_000
    /// Of all arguments together.
    package static let argumentBytesMax = 256 << 10
    package static let payloadBytesMax = 16 << 10

    package init(
        _ deed: Deed,
        guild: Snowflake? = nil,
        shard: ShardName? = nil,
        key: String,
        deadline: Int = Self.deadlineDefault
    ) {
        self.deed = deed
        self.guild = guild
        self.shard = shard
        self.key = key
        self.deadline = deadline
    }
}

extension LinkOrder.Deed {
    package enum Name: String, Sendable, CaseIterable {
        case sendMessage = "send message"
        case editMessage = "edit message"
        case deleteMessage = "delete message"
        case addReaction = "add reaction"
        case removeReaction = "remove reaction"
        case addRole = "add role"
        case removeRole = "remove role"
        case registerCommands = "register commands"
        case answer = "answer interaction"
        case deferAnswer = "defer interaction"
        case followUp = "follow up interaction"
        case editAnswer = "edit interaction"
        case emit
    }

    package var name: Name {
        switch self {
        case .sendMessage: .sendMessage
        case .editMessage: .editMessage
        case .deleteMessage: .deleteMessage
        case .addReaction: .addReaction
        case .removeReaction: .removeReaction
        case .addRole: .addRole
        case .removeRole: .removeRole
        case .registerCommands: .registerCommands
        case .answer: .answer
        case .deferAnswer: .deferAnswer
        case .followUp: .followUp
        case .editAnswer: .editAnswer
        case .emit: .emit
        }
    }

    /// Done twice it is as done once, by its nature. A message is not: its nonce makes it so for some minutes. Nor is a message
    /// that answers a component: only the interaction's kind tells.
    package var isIdempotent: Bool {
        switch self {
        case .sendMessage, .followUp: false
        case .editMessage, .deleteMessage, .addReaction, .removeReaction, .addRole, .removeRole: true
        case .registerCommands, .answer, .deferAnswer, .editAnswer, .emit: true
        }
    }
}
