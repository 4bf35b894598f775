"""The loop for aiohttp-sse-client. It comes back after a clean end, but a line that breaks is an exception."""

import asyncio
import json
import random
from datetime import timedelta

from aiohttp import ClientError, ClientSession, ClientTimeout
from aiohttp_sse_client.client import EventSource

from program import show, url


async def follow():
    cursor = ""
    timeout = ClientTimeout(total=None, sock_read=40)  # else it ends after 5 minutes; the server speaks every 15 s
    async with ClientSession(timeout=timeout) as session:
        while True:
            try:
                headers = {"Last-Event-ID": cursor} if cursor else {}
                wait = timedelta(seconds=1)
                async with EventSource(url, session=session, headers=headers, reconnection_time=wait) as source:
                    async for event in source:
                        cursor = event.last_event_id or cursor
                        if event.type == "gap":
                            show("gap")
                        elif event.type in (None, "clock"):
                            show(json.loads(event.data)["id"])
            except (ClientError, OSError, asyncio.TimeoutError):  # cut, silent, refused, not there
                pass
            await asyncio.sleep(random.uniform(1, 2))


asyncio.run(follow())
