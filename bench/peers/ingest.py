"""Rows into PostgreSQL by asyncpg: `ingest.py copy|insert URL TABLE FILE COUNT`; prints the seconds that the storing took.

`copy`: one copy_records_to_table. `insert`: one prepared INSERT per row, each committed by itself, as a bot's handler does it.
"""

import asyncio
import sys
import time

import asyncpg


async def main(way, url, table, path, count):
    connection = await asyncpg.connect(url)
    # The rows as Python values, as a bot would have them: the time to make them is not measured.
    await connection.execute(f"CREATE TEMP TABLE given (LIKE {table})")
    await connection.copy_to_table("given", source=path)
    records = await connection.fetch(f"SELECT * FROM given LIMIT {count}")
    columns = list(records[0].keys())
    rows = [tuple(record) for record in records]
    places = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
    began = time.monotonic()
    if way == "copy":
        await connection.copy_records_to_table(table, records=rows, columns=columns)
    else:
        statement = await connection.prepare(f"INSERT INTO {table} VALUES ({places})")
        for row in rows:
            await statement.fetch(*row)
    print(time.monotonic() - began)
    await connection.close()


asyncio.run(main(*sys.argv[1:5], int(sys.argv[5])))
