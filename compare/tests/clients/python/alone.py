"""A library without a loop, by the name of the first argument: it prints each event that it hands on, and ends when the library
has given up."""

import asyncio
import json
import sys
from datetime import timedelta

from program import url


def show(id, data):
    print(json.dumps([id, data]), flush=True)


def httpx_sse():
    import httpx
    from httpx_sse import connect_sse

    with httpx.Client(timeout=40) as client, connect_sse(client, "GET", url) as source:
        for event in source.iter_sse():
            show(event.id, event.data)


def sseclient():
    import requests
    from sseclient import SSEClient

    for event in SSEClient(requests.get(url, stream=True)).events():
        show(event.id, event.data)


def aiohttp_sse_client():
    from aiohttp_sse_client.client import EventSource

    async def follow():
        async with EventSource(url, reconnection_time=timedelta(seconds=1)) as source:
            async for event in source:
                show(event.last_event_id, event.data)

    asyncio.run(follow())


try:
    {"httpx-sse": httpx_sse, "sseclient-py": sseclient, "aiohttp-sse-client": aiohttp_sse_client}[sys.argv[1]]()
except Exception as error:
    print(f"{sys.argv[1]}: {error!r}", file=sys.stderr)
