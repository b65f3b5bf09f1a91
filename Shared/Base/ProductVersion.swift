/// Which Guildwire this is: one version for all services, which are released together. CHANGELOG.md says what is in it.
package enum ProductVersion {
    package static let current = "0.1.0"
}
