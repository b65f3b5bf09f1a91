package import Base

extension MemberRecord: PackedRecord {
    private static let (botBit, pendingBit, memberBit, globalNameBit, nickBit, timeoutBit) =
        (UInt8(1), UInt8(2), UInt8(4), UInt8(8), UInt8(16), UInt8(32))

    /// What stands for the discriminator of those who have none any more, who are nearly all.
    private enum Discriminator: UInt8 { case none, zero, text }

    /// A byte of switches, one of how discriminator (two bits) and images (two each) are held; then what there is.
    package func pack(into packer: inout Packer) {
        var switches = (bot ? Self.botBit : 0) | (pending ? Self.pendingBit : 0)
        if isMember { switches |= Self.memberBit }
        if globalName != nil { switches |= Self.globalNameBit }
        if nick != nil { switches |= Self.nickBit }
        if timeoutUntil != nil { switches |= Self.timeoutBit }
        packer.byte(switches)
        let number: Discriminator = discriminator.map { $0 == "0" ? .zero : .text } ?? .none
        let (avatar, memberAvatar) = (PackedHash(avatarHash), PackedHash(memberAvatarHash))
        packer.byte(number.rawValue | avatar.rawValue << 2 | memberAvatar.rawValue << 4)
        packer.text(username)
        if let globalName { packer.text(globalName) }
        if let nick { packer.text(nick) }
        if let discriminator, number == .text { packer.text(discriminator) }
        avatar.pack(avatarHash, into: &packer)
        memberAvatar.pack(memberAvatarHash, into: &packer)
        if let timeoutUntil { packer.text(timeoutUntil) }
        packer.count(roles.count)
        for role in roles { packer.snowflake(role) }
    }

    package init(id: Snowflake, packed reader: inout Unpacker) {
        let (switches, forms) = (reader.byte(), reader.byte())
        func has(_ bit: UInt8) -> Bool { switches & bit != 0 }
        self.init(id: id, username: reader.text())
        bot = has(Self.botBit)
        pending = has(Self.pendingBit)
        isMember = has(Self.memberBit)
        if has(Self.globalNameBit) { globalName = reader.text() }
        if has(Self.nickBit) { nick = reader.text() }
        switch Discriminator(rawValue: forms & 3) {
        case .none?, nil: break
        case .zero: discriminator = "0"
        case .text: discriminator = reader.text()
        }
        avatarHash = PackedHash(rawValue: forms >> 2 & 3)?.unpack(&reader)
        memberAvatarHash = PackedHash(rawValue: forms >> 4 & 3)?.unpack(&reader)
        if has(Self.timeoutBit) { timeoutUntil = reader.text() }
        let count = reader.count()
        if count > 0 { roles = (0..<count).map { _ in reader.snowflake() } }
    }
}
