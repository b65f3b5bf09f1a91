package import Base

extension MemberRecord: PackedRecord {
    static let botBit: UInt8 = 1
    static let pendingBit: UInt8 = 2
    static let memberBit: UInt8 = 4
    static let globalNameBit: UInt8 = 8
    static let nickBit: UInt8 = 16
    static let timeoutBit: UInt8 = 32

    /// A byte of switches, one of how discriminator (two bits) and images (two each) are held; then what there is.
    package func pack(into packer: inout Packer) {
        var switches = (bot ? Self.botBit : 0) | (pending ? Self.pendingBit : 0)
        if isMember { switches |= Self.memberBit }
        if globalName != nil { switches |= Self.globalNameBit }
        if nick != nil { switches |= Self.nickBit }
        if timeoutUntil != nil { switches |= Self.timeoutBit }
        packer.byte(switches)
        let number = PackedDiscriminator.form(of: discriminator)
        let (avatar, memberAvatar) = (PackedHash(avatarHash), PackedHash(memberAvatarHash))
        packer.byte(number | avatar.rawValue << 2 | memberAvatar.rawValue << 4)
        packer.text(username)
        if let globalName { packer.text(globalName) }
        if let nick { packer.text(nick) }
        if let discriminator, number == 2 { packer.text(discriminator) }
        avatar.pack(avatarHash, into: &packer)
        memberAvatar.pack(memberAvatarHash, into: &packer)
        if let timeoutUntil { packer.text(timeoutUntil) }
        packer.count(roles.count)
        for role in roles { packer.snowflake(role) }
    }

    package init(id: Snowflake, packed reader: inout Unpacker) {
        let packed = PackedMember(id: id, &reader)
        unsafe self.init(id: id, username: String(decoding: packed.username, as: UTF8.self))
        bot = packed.isBot
        pending = packed.isPending
        isMember = packed.isMember
        globalName = unsafe packed.globalName.map { unsafe String(decoding: $0, as: UTF8.self) }
        nick = unsafe packed.nick.map { unsafe String(decoding: $0, as: UTF8.self) }
        discriminator = packed.discriminator.text
        avatarHash = packed.avatar.text
        memberAvatarHash = packed.memberAvatar.text
        if packed.hasTimeout { timeoutUntil = reader.text() }
        let count = reader.count()
        if count > 0 { roles = (0..<count).map { _ in reader.snowflake() } }
    }
}
