internal import Base
internal import Glibc

/// One numbered change of the schema: a file `NNNN_what_it_does.sql`.
package struct Migration: Sendable, Equatable {
    package let number: Int
    package let name: String
    package let statements: String

    /// Nil unless the file's name has the form above.
    package init?(fileName: String, statements: String) {
        guard fileName.hasSuffix(".sql"), let underscore = fileName.firstIndex(of: "_") else { return nil }
        let digits = fileName[..<underscore]
        guard digits.utf8.count == 4, let number = UInt64(decimal: digits.utf8), number > 0 else {
            return nil
        }
        self.number = Int(number)
        name = String(fileName.dropLast(4))
        self.statements = statements
    }

    /// Reads a folder's `.sql` files. Every one must be a migration, and the numbers must run from 1 without a hole.
    package static func read(folder: String) throws(MigrationError) -> [Migration] {
        guard let directory = opendir(folder) else { throw .unreadable(folder) }
        defer { closedir(directory) }
        var migrations: [Migration] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name.hasSuffix(".sql") else { continue }
            guard let text = contents(of: folder + "/" + name) else { throw .unreadable(folder + "/" + name) }
            guard let migration = Migration(fileName: name, statements: text) else { throw .misnamed(name) }
            migrations.append(migration)
        }
        migrations.sort { $0.number < $1.number }
        guard !migrations.isEmpty else { throw .unreadable(folder) }
        for (index, migration) in migrations.enumerated() where migration.number != index + 1 {
            throw .misnumbered(migration.name)
        }
        return migrations
    }

    /// Files larger than this are no migrations.
    private static let bytesMax = 1 << 20

    private static func contents(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 14)
        while bytes.count <= bytesMax {
            let got = Glibc.read(descriptor, &chunk, chunk.count)
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { return nil }
            guard got > 0 else { return String(validating: bytes, as: UTF8.self) }
            bytes += chunk[..<got]
        }
        return nil
    }
}

package enum MigrationError: Error, Equatable, CustomStringConvertible {
    case unreadable(String)
    case misnamed(String)
    case misnumbered(String)
    /// A migration that was carried out has another text now.
    case changed(String)
    /// The database was migrated by a later version of the program.
    case databaseIsNewer(Int)
    case failed(String, PostgresError)

    package var description: String {
        switch self {
        case .unreadable(let path): "no migrations can be read at \(path)"
        case .misnamed(let name): "\(name) is not named NNNN_what_it_does.sql"
        case .misnumbered(let name): "the number of \(name) does not follow the one before it"
        case .changed(let name):
            "\(name) was changed after it had been carried out; add a new migration instead"
        case .databaseIsNewer(let number):
            "the database knows migration \(number), which this version of the program does not have"
        case .failed(let name, let error): "\(name) failed: \(error)"
        }
    }
}
