/// Fails on every input that begins with `GW!`, so that a harness which finds nothing at all is noticed.
///
/// `scripts/fuzz Canary --runs 100000` must exit with a status other than 0: libFuzzer gets there by coverage alone.
func fuzzCanary(bytes: [UInt8]) throws(FuzzFailure) {
    guard bytes.count >= 3, bytes[0] == UInt8(ascii: "G") else { return }
    guard bytes[1] == UInt8(ascii: "W") else { return }
    try hold(bytes[2] != UInt8(ascii: "!"), "the canary sings, as it should")
}
