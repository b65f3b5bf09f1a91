import Base
import PostgresClient
import Testing

@Suite struct PostgresValueTests {
    private func text(_ value: PostgresValue) -> String? {
        value.encoded.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `values have the text form that PostgreSQL reads`() {
        let table: [(PostgresValue, String?)] = [
            (.null, nil), (.text("Grüße\0!"), "Grüße!"), (.int(.min), "-9223372036854775808"),
            (.bool(true), "t"),
            (.double(0.1), "0.1"), (.double(.infinity), "Infinity"), (.bytes([0, 255]), "\\x00ff"),
            (.timestamp(milliseconds: 0), "1970-01-01 00:00:00.000+00"),
            (.timestamp(milliseconds: -1), "1969-12-31 23:59:59.999+00"),
            (.timestamp(milliseconds: 951_782_400_000), "2000-02-29 00:00:00.000+00"),
            (.timestamp(milliseconds: 1_732_147_200_123), "2024-11-21 00:00:00.123+00"),
            (.timestamp(milliseconds: .max), "9999-12-31 23:59:59.999+00"),
            (.timestamp(milliseconds: .min), "0001-01-01 00:00:00.000+00"),
        ]
        for (value, expected) in table where text(value) != expected {
            Issue.record("\(value) became \(text(value) ?? "null")")
        }
    }

    @Test func `rows to be copied have the binary form, and a row that is dropped leaves nothing`() {
        var rows = CopyRows()
        let empty = rows.data
        #expect(empty.count == 21)
        #expect(empty.prefix(11) == [0x50, 0x47, 0x43, 0x4F, 0x50, 0x59, 0x0A, 0xFF, 0x0D, 0x0A, 0])
        rows.beginRow(3)
        rows.text("dropped")
        rows.dropRow()
        #expect(rows.data == empty)
        rows.beginRow(6)
        rows.text("a\t\0\\N")
        rows.null()
        rows.bool(true)
        rows.int16(-2)
        rows.int32(3)
        rows.timestamp(milliseconds: 946_684_800_001)
        let expected: [UInt8] =
            [0, 6] + [0, 0, 0, 4, 0x61, 9, 0x5C, 0x4E] + [255, 255, 255, 255] + [0, 0, 0, 1, 1]
            + [0, 0, 0, 2, 255, 254] + [0, 0, 0, 4, 0, 0, 0, 3] + [0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 3, 232]
        #expect(Array(rows.data.dropFirst(19).dropLast(2)) == expected)
        #expect(rows.data.suffix(2) == [255, 255])
        #expect(rows.count == 1)
    }

    @Test func `a URL must be one, and is never shown`() throws {
        _ = try PostgresConfig(url: Secret("postgresql://ana:pw@127.0.0.1:5432/db?sslmode=disable"))
        for url in ["", "mysql://x", "postgresql://ana:s3cret@[host/db", "postgres://h?s3cret=1"] {
            do {
                _ = try PostgresConfig(url: Secret(url))
                Issue.record("accepted \(url)")
            } catch {
                #expect(!error.description.contains("s3cret"))
            }
        }
    }

    @Test func `a migration's file name carries its number`() {
        #expect(Migration(fileName: "0012_add_x.sql", statements: "")?.number == 12)
        for name in ["12_x.sql", "0000_x.sql", "0001-x.sql", "0001_x.txt", "00a1_x.sql", "00001_x.sql"] {
            #expect(Migration(fileName: name, statements: "") == nil, "\(name)")
        }
    }
}
