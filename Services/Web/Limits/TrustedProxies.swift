/// Whose word about the client's address counts: `TRUSTED_PROXIES`, addresses and networks (CIDR) of IPv4 and IPv6.
package struct TrustedProxies: Sendable, Equatable {
    package struct Network: Sendable, Equatable {
        let base: IPAddress
        /// Of 128 bits; IPv4's 32 are the last.
        let bits: Int

        /// Nil for what is no address and no network. A network has no bits behind its prefix.
        package init?(_ text: String) {
            let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            guard let first = parts.first, let base = IPAddress(first) else { return nil }
            self.base = base
            let most = base.isFour ? 32 : 128
            var length = most
            if parts.count == 2 {
                guard let number = Int(parts[1]), 0...most ~= number, String(number) == parts[1] else {
                    return nil
                }
                length = number
            }
            bits = 128 - most + length
            guard Self.cut(base, to: bits) == base else { return nil }
        }

        func contains(_ address: IPAddress) -> Bool {
            base.isFour == address.isFour && Self.cut(address, to: bits) == base
        }

        private static func cut(_ address: IPAddress, to bits: Int) -> IPAddress {
            func mask(_ bits: Int) -> UInt64 { bits <= 0 ? 0 : bits >= 64 ? .max : ~(.max >> UInt64(bits)) }
            return IPAddress(high: address.high & mask(bits), low: address.low & mask(bits - 64))
        }
    }

    package let networks: [Network]

    package init(_ networks: [Network]) { self.networks = networks }

    package func contains(_ address: IPAddress) -> Bool { networks.contains { $0.contains(address) } }
}
