internal import Base
internal import DiscordProtocol
package import EventModels
internal import JSON
package import LinkProtocol

/// What a shard needs to go on without the journal before it: session, epoch, the fold's state, and the frames that it
/// holds for its links.
package struct Checkpoint: Sendable, Equatable {
    /// Of the file's form; files of version 1 (no position, no tail) and 2 (no commands) are read too.
    package static let version = 3

    /// As of a position in the journal; no epoch is open in it.
    package var folded: FoldedShard
    /// Oldest first: the acknowledged tail, then what no bus has confirmed.
    package var held: HeldFrames
    /// The last id that a bus had confirmed.
    package var acknowledged: EventID?

    package var shard: ShardName { folded.shard }
    package var frames: [EventFrame] { held.frames }

    package init(folded: FoldedShard, held: HeldFrames, acknowledged: EventID?) {
        self.folded = folded
        self.held = held
        self.acknowledged = acknowledged
    }

    package init(folded: FoldedShard, frames: [EventFrame], acknowledged: EventID?) {
        self.init(folded: folded, held: HeldFrames(frames, shard: folded.shard), acknowledged: acknowledged)
    }

    package func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        write { bytes += $0 }
        return bytes
    }

    /// Bytes of a piece, about: what the text costs in memory, however large the state is.
    private static let pieceBytes = 256 << 10

    /// Hands its text on piece by piece.
    package func write<Failure: Error>(
        to put: (borrowing [UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        var writer = JSONWriter(reserving: Self.pieceBytes + Self.pieceBytes / 4)
        writer.beginObject()
        writeHead(into: &writer)
        writer.key("guilds")
        writer.beginArray()
        for guild in folded.state.guilds.ids {
            writer.beginObject()
            writer.key("state")
            folded.state.guilds[guild]?.write(into: &writer)
            try (folded.state.memory[guild] ?? GuildMemory()).write(into: &writer) { writer throws(Failure) in
                try writer.takePiece(of: Self.pieceBytes, put)
            }
            writer.endObject()
        }
        writer.endArray()
        writer.key("frames")
        writer.beginArray()
        for frame in held.entries {
            writer.beginObject()
            frame.writeMembers(of: shard, into: &writer)
            writer.endObject()
            try writer.takePiece(of: Self.pieceBytes, put)
        }
        writer.endArray()
        writer.endObject()
        try put(writer.takeBytes())
    }

    private func writeHead(into writer: inout JSONWriter) {
        let state = folded.state
        writer.member("version", Self.version)
        writer.member("shard", shard.description)
        writer.member("position", folded.position)
        writer.key("session")
        if let session = folded.session { session.write(into: &writer) } else { writer.null() }
        writer.member("epoch", folded.epoch)
        writer.member("last", state.last?.description)
        writer.member("acknowledged", acknowledged?.description)
        writer.member("bot", state.bot)
        writer.member("application", state.application)
        writer.snowflakes("awaited", state.awaited)
        writer.member("addedTo", state.added.sequence)
        writer.member("added", state.added.count)
        writer.key("talk")
        state.talk.write(into: &writer)
        writer.key("quarantine")
        writer.beginArray()
        for mark in folded.quarantine.sorted() {
            writer.beginObject()
            writer.member("epoch", mark.epoch)
            writer.member("sequence", mark.sequence)
            writer.endObject()
        }
        writer.endArray()
        folded.commands.writeMembers(into: &writer)
        writer.key("interactions")
        writer.beginArray()
        for interaction in folded.interactions.inOrder { interaction.write(into: &writer) }
        writer.endArray()
    }

    /// Throws what is wrong with the file, for people.
    package init(decoding bytes: [UInt8]) throws(CheckpointError) {
        let root: JSONValue
        do throws(JSONError) {
            root = try JSONDocument(parsing: bytes, limits: JSONLimits(bytesMax: 1 << 30)).root
        } catch { throw .damaged("\(error)") }
        guard let version = root["version"]?.int else { throw .damaged("no version") }
        guard 1...Self.version ~= version else { throw .otherVersion(version) }
        guard let shard = root["shard"]?.string.flatMap({ ShardName($0) }), let epoch = root["epoch"]?.uint64
        else {
            throw .damaged("no shard or epoch")
        }
        var folded = FoldedShard(shard: shard)
        folded.session = root["session"].flatMap { Session($0) }
        folded.epoch = epoch
        folded.position = root["position"]?.uint64 ?? 0
        folded.state.last = root["last"]?.string.flatMap { EventID($0) }
        folded.state.bot = root["bot"]?.snowflake
        folded.state.application = root["application"]?.snowflake
        guard let commands = CommandLedger(checkpoint: root) else { throw .damaged("a command") }
        folded.commands = commands
        for value in root.elements("interactions") {
            guard let received = value["received"]?.int64,
                let interaction = Interaction(value, received: received)
            else { throw .damaged("an interaction") }
            folded.interactions.take(interaction)
        }
        folded.state.awaited = root.snowflakes("awaited")
        folded.state.added = (root["addedTo"]?.uint64 ?? 0, root["added"]?.uint64 ?? 0)
        if let value = root["talk"] { folded.state.talk = value.withView { TalkMemory(checkpoint: $0) } }
        for value in root.elements("quarantine") {
            guard let epoch = value["epoch"]?.uint64, let sequence = value["sequence"]?.uint64 else {
                throw .damaged("a quarantined dispatch")
            }
            folded.quarantine.insert(FoldMark(epoch: epoch, sequence: sequence))
        }
        for value in root.elements("guilds") {
            guard let guild = value["state"].flatMap({ GuildState($0) }) else { throw .damaged("a guild") }
            folded.state.guilds[guild.id] = guild
            folded.state.memory[guild.id] = value.withView { GuildMemory(checkpoint: $0) }
        }
        var frames: [EventFrame] = []
        for value in root.elements("frames") {
            do throws(EventFrameError) { frames.append(try EventFrame(value)) } catch {
                throw .damaged("\(error)")
            }
        }
        self.init(
            folded: folded,
            frames: frames,
            acknowledged: root["acknowledged"]?.string.flatMap { EventID($0) }
        )
    }
}

package enum CheckpointError: Error, Equatable, CustomStringConvertible {
    case damaged(String)
    case otherVersion(Int)

    package var description: String {
        switch self {
        case .damaged(let what): "damaged: \(what)"
        case .otherVersion(let version):
            "of version \(version), this gateway reads up to version \(Checkpoint.version)"
        }
    }
}
