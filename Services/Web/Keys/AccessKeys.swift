package import PostgresClient

/// All that belongs to keys: how they are signed and stored, what they may ask and what they did.
package final class AccessKeys: Sendable {
    package let signer: KeySigner
    package let usage: KeyUsage
    package let store: KeyStore
    package let tiers: KeyTiers
    package let writer: UsageWriter

    package init(signer: KeySigner, usage: KeyUsage = KeyUsage(), database: PostgresClient?) {
        self.signer = signer
        self.usage = usage
        store = KeyStore(database)
        tiers = KeyTiers(database)
        writer = UsageWriter(usage, database)
    }
}
