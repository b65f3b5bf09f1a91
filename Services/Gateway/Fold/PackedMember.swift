internal import Base
internal import DiscordProtocol
internal import JSON

/// A member's record as it is packed, read where it lies: what a card shows, without a String in between. Good within the
/// closure of `PackedTable.look`.
@safe
struct PackedMember {
    let id: Snowflake
    let isBot: Bool
    let isPending: Bool
    let isMember: Bool
    let username: UnsafeRawBufferPointer
    let globalName: UnsafeRawBufferPointer?
    let nick: UnsafeRawBufferPointer?
    let discriminator: PackedDiscriminator
    let avatar: PackedImage
    let memberAvatar: PackedImage
    /// What follows in the record: the time-out, where there is one, and the roles.
    let hasTimeout: Bool

    init(id: Snowflake, _ reader: inout Unpacker) {
        let (switches, forms) = (reader.byte(), reader.byte())
        func has(_ bit: UInt8) -> Bool { switches & bit != 0 }
        self.id = id
        isBot = has(MemberRecord.botBit)
        isPending = has(MemberRecord.pendingBit)
        isMember = has(MemberRecord.memberBit)
        hasTimeout = has(MemberRecord.timeoutBit)
        unsafe username = unsafe reader.piece()
        unsafe globalName = has(MemberRecord.globalNameBit) ? unsafe reader.piece() : nil
        unsafe nick = has(MemberRecord.nickBit) ? unsafe reader.piece() : nil
        discriminator = PackedDiscriminator(form: forms & 3, &reader)
        avatar = PackedImage(form: forms >> 2 & 3, &reader)
        memberAvatar = PackedImage(form: forms >> 4 & 3, &reader)
    }

    /// As `UserCard.write`, of the card that `MemberRecord.card` makes.
    func writeCard(guild: Snowflake, cdn: CDN, into writer: inout JSONWriter) {
        writer.member("userId", id)
        unsafe writer.member("username", utf8: username)
        unsafe writer.member("displayName", utf8: nick ?? globalName ?? username)
        writer.key("avatar")
        writeAvatar(guild, cdn, into: &writer)
        writer.member("bot", isBot)
    }

    private func writeAvatar(_ guild: Snowflake, _ cdn: CDN, into writer: inout JSONWriter) {
        guard !cdn.needsEscapes, memberAvatar.isDigits ?? true, avatar.isDigits ?? true else {
            let own = memberAvatar.text.flatMap { cdn.memberAvatar(guild: guild, user: id, hash: $0) }
            return writer.string(
                own ?? cdn.avatar(user: id, hash: avatar.text, discriminator: discriminator.text)
            )
        }
        writer.beginString()
        writer.piece(cdn.base)
        if memberAvatar.isDigits == true {
            writer.piece("/guilds/")
            writer.piece(guild)
            writer.piece("/users/")
            writer.piece(id)
            writer.piece("/avatars/")
            memberAvatar.writeDigits(into: &writer)
        } else if avatar.isDigits == true {
            writer.piece("/avatars/")
            writer.piece(id)
            writer.piece("/")
            avatar.writeDigits(into: &writer)
        } else {
            writer.piece("/embed/avatars/")
            writer.piece(Snowflake(CDN.defaultAvatar(id, discriminator.text)))
        }
        writer.piece(".png")
        writer.endString()
    }

    /// Whether User and Member object say of name and images nothing that is not held: `takeUser` and `takeMember` would
    /// change none of them.
    func holds(user: JSONView?, member: JSONView?) -> Bool {
        if let user {
            guard isHeld(user) else { return false }
        }
        guard let member else { return true }
        if let value = member["nick"], unsafe !Self.isSame(value, nick) { return false }
        if let value = member["avatar"], !memberAvatar.isSame(as: value) { return false }
        return true
    }

    private func isHeld(_ user: JSONView) -> Bool {
        if let value = user["username"], value.kind == .string, unsafe !value.isText(username) {
            return false
        }
        if let value = user["global_name"], unsafe !Self.isSame(value, globalName) { return false }
        if let value = user["discriminator"], !discriminator.isSame(as: value) { return false }
        if let value = user["avatar"], !avatar.isSame(as: value) { return false }
        return user["bot"]?.bool.map { $0 == isBot } ?? true
    }

    /// What is no string counts as nothing.
    static func isSame(_ value: JSONView, _ text: UnsafeRawBufferPointer?) -> Bool {
        guard let text = unsafe text else { return value.kind != .string }
        return unsafe value.isText(text)
    }
}

/// What stands for the discriminator of those who have none any more, who are nearly all.
@safe
enum PackedDiscriminator {
    case none, zero
    case other(UnsafeRawBufferPointer)

    init(form: UInt8, _ reader: inout Unpacker) {
        switch form {
        case 1: self = .zero
        case 2: self = unsafe .other(reader.piece())
        default: self = .none
        }
    }

    static func form(of text: String?) -> UInt8 { text.map { $0 == "0" ? 1 : 2 } ?? 0 }

    var text: String? {
        switch self {
        case .none: nil
        case .zero: "0"
        case .other(let text): unsafe String(decoding: text, as: UTF8.self)
        }
    }

    func isSame(as value: JSONView) -> Bool {
        switch self {
        case .none: value.kind != .string
        case .zero: value.isText("0")
        case .other(let text): unsafe value.isText(text)
        }
    }
}

/// An image's hash as it is packed; see `PackedHash`.
@safe
struct PackedImage {
    private let form: PackedHash
    private let bytes: UnsafeRawBufferPointer

    init(form: UInt8, _ reader: inout Unpacker) {
        self.form = PackedHash(rawValue: form) ?? .none
        unsafe bytes =
            switch self.form {
            case .none: unsafe UnsafeRawBufferPointer(start: nil, count: 0)
            case .still, .moving: unsafe reader.piece(16)
            case .text: unsafe reader.piece()
            }
    }

    /// Whether it is Discord's own form; nil where there is none.
    var isDigits: Bool? { form == .none ? nil : form != .text }

    var text: String? {
        switch form {
        case .none: nil
        case .text: unsafe String(decoding: bytes, as: UTF8.self)
        case .still, .moving:
            unsafe String(unsafeUninitializedCapacity: 34) { text in
                let start = form == .moving ? 2 : 0
                if start > 0 { unsafe (text[0], text[1]) = (0x61, 0x5F) }
                for index in 0..<32 { unsafe text[start + index] = digit(index) }
                return start + 32
            }
        }
    }

    private func digit(_ index: Int) -> UInt8 {
        let byte = unsafe bytes[index >> 1]
        let value = index & 1 == 0 ? byte >> 4 : byte & 15
        return value < 10 ? 0x30 + value : 0x57 + value
    }

    func writeDigits(into writer: inout JSONWriter) {
        if form == .moving { writer.piece("a_") }
        unsafe writer.piece(hexadecimal: bytes)
    }

    func isSame(as value: JSONView) -> Bool {
        switch form {
        case .none: return value.kind != .string
        case .text: return unsafe value.isText(bytes)
        case .still, .moving:
            let start = form == .moving ? 2 : 0
            guard let text = unsafe value.plain, text.count == 32 + start else {
                return value.string == self.text
            }
            if start > 0, unsafe text[0] != 0x61 || text[1] != 0x5F { return false }
            for index in 0..<32 where unsafe text[start + index] != digit(index) { return false }
            return true
        }
    }
}
