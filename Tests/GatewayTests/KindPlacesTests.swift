import EventModels
import Gateway
import Testing

@Suite struct KindPlacesTests {
    @Test func `places are those of the lists`() {
        #expect(EventKind.allCases.map(\.place) == Array(EventKind.allCases.indices))
        #expect(DispatchKind.allCases.map(\.place) == Array(DispatchKind.allCases.indices))
        #expect(MemoryLayout<EventKind>.size == 1 && MemoryLayout<DispatchKind>.size == 1)
    }

    @Test func `every name is found, and no other`() {
        for kind in DispatchKind.allCases { #expect(DispatchKind(name: kind.rawValue) == kind) }
        for name in ["", "R", "READY ", "ready", "PRESENCE_UPDATE2"] {
            #expect(DispatchKind(name: name) == nil)
        }
    }
}
