package import EventModels

/// The place of a kind among all, in their order: for tables that are asked with every event. A kind without values is held as this
/// number, in one byte; `KindPlacesTests` holds that against the lists.
extension EventKind {
    package var place: Int { unsafe withUnsafeBytes(of: self) { unsafe Int($0[0]) } }
}

extension DispatchKind {
    package var place: Int { unsafe withUnsafeBytes(of: self) { unsafe Int($0[0]) } }
}
