"""A server of Server-Sent Events with sse-starlette, as its documentation shows: a queue per client.

    python starlette_hub.py PORT REDIS_PORT CHANNEL
"""

import asyncio
import contextlib
import sys

import redis.asyncio
import uvicorn
from sse_starlette.sse import EventSourceResponse, ServerSentEvent
from starlette.applications import Starlette
from starlette.routing import Route

PORT, REDIS_PORT, CHANNEL = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
QUEUED = 256
queues = set()


async def follow():
    client = redis.asyncio.Redis(port=REDIS_PORT)
    subscription = client.pubsub()
    await subscription.subscribe(CHANNEL)
    async for message in subscription.listen():
        if message["type"] == "message":
            event = ServerSentEvent(message["data"].decode())
            for queue in queues:
                queue.put_nowait(event)


async def stream(request):
    async def events():
        queue = asyncio.Queue(QUEUED)
        queues.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            queues.discard(queue)

    return EventSourceResponse(events(), sep="\n", ping=3600)


@contextlib.asynccontextmanager
async def lifespan(app):
    task = asyncio.create_task(follow())
    yield
    task.cancel()


app = Starlette(routes=[Route("/{path:path}", stream)], lifespan=lifespan)
uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="warning", access_log=False, backlog=4096)
