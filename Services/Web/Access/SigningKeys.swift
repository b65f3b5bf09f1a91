package import Base
internal import Crypto

/// Signs texts of the form `<family><version>.<payload>.<mac>` and believes those that are signed: sessions' cookies and keys.
///
/// The first secret signs, every one verifies, so that one can be rotated out. The family is a part of what is signed, so
/// nothing that was signed as one thing is ever believed as another.
package struct SigningKeys: Sendable {
    private let keys: [HMACSHA256.Key]

    /// What a text is signed as: `v1`, `gwk1`.
    package struct Form: Sendable {
        let family: StaticString
        let name: String

        package init(_ family: StaticString, version: Int) {
            self.family = family
            name = "\(family)\(version)"
        }
    }

    /// Why a text counts for nothing.
    package enum Flaw: Error, Sendable {
        case malformed
        /// Of the family, but of a Guildwire to come.
        case otherVersion
        /// None of our secrets made this signature.
        case forged
    }

    /// Of each secret: what an HMAC-SHA256 key should have (RFC 2104 section 3).
    package static let secretBytesMin = 32

    package init(_ secrets: [Secret]) {
        precondition(!secrets.isEmpty, "without a secret there is nobody to believe")
        keys = secrets.map { HMACSHA256.Key($0) }
    }

    package func signed(_ payload: [UInt8], as form: Form) -> String {
        let signed = "\(form.name).\(Base64.url.encoded(payload))"
        let code = keys[0].code(of: signed.utf8)
        return "\(signed).\(Base64.url.encoded(code))"
    }

    /// What was signed. Nothing is read of what was not.
    package func payload(of text: [UInt8], as form: Form) throws(Flaw) -> [UInt8] {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts[0].elementsEqual(form.name.utf8) else {
            throw Self.isVersion(parts[0], of: form.family) ? .otherVersion : .malformed
        }
        guard parts.count == 3, let payload = Base64.url.decoded(parts[1]),
            let code = Base64.url.decoded(parts[2]), code.count == HMACSHA256.size
        else { throw .malformed }
        guard isSigned(text[..<parts[1].endIndex], code) else { throw .forged }
        return payload
    }

    /// The family's name with one to three digits.
    private static func isVersion(_ part: ArraySlice<UInt8>, of family: StaticString) -> Bool {
        let digits = part.dropFirst(family.utf8CodeUnitCount)
        return part.starts(with: "\(family)".utf8) && 1...3 ~= digits.count
            && digits.allSatisfy { 0x30...0x39 ~= $0 }
    }

    /// Tries every secret whatever the outcome: the time says nothing about which one it was.
    private func isSigned(_ text: ArraySlice<UInt8>, _ code: [UInt8]) -> Bool {
        var isOurs = false
        for key in keys {
            let matches = key.matches(code, text)
            isOurs = isOurs || matches
        }
        return isOurs
    }
}
