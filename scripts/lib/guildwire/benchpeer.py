"""A bot of discord.py or hikari for `scripts/gateway-bench`, run by the interpreter that has them.

    python -m guildwire.benchpeer LIBRARY PORT

Default caches, all intents, no listener of its own: what the library does by itself for each dispatch. With orjson and uvloop, as
both advise for speed. Prints the number of the last dispatch that was taken in, whenever it has changed; ends with its input.
"""

import asyncio
import sys

import uvloop

TOKEN = "ODAzNTExMTAyMjQ2NzgwMDA.bench.000000000000000000000000000"
LOOK_SECONDS = 0.05


async def tell(sequence):
    """Ten times a second is nothing beside what is measured."""
    told = None
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        found = sequence()
        if found is not None and found != told:
            told = found
            print(told, flush=True)


async def discord_py(port):
    import discord
    import yarl

    discord.http.Route.BASE = f"http://127.0.0.1:{port}/api/v10"
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(f"ws://127.0.0.1:{port}/")
    client = discord.Client(intents=discord.Intents.all())
    asyncio.create_task(client.start(TOKEN))
    await tell(lambda: client.ws and client.ws.sequence)


async def hikari(port):
    import hikari

    bot = hikari.GatewayBot(TOKEN, rest_url=f"http://127.0.0.1:{port}/api/v10", intents=hikari.Intents.ALL, banner=None)
    asyncio.create_task(bot.start(check_for_updates=False))
    await tell(lambda: next(iter(bot.shards.values()))._seq if bot.shards else None)


def main():
    library, port = sys.argv[1], int(sys.argv[2])
    # The same compression for all: without these modules neither library asks for zstd.
    sys.modules["zstandard"] = sys.modules["backports.zstd"] = None
    uvloop.run({"discord.py": discord_py, "hikari": hikari}[library](port))


if __name__ == "__main__":
    main()
