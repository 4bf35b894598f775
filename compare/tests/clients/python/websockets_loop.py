"""The loop for websockets. It could come back by itself, but to one address, and the place is in the address."""

import asyncio
import json
import random
from urllib.parse import parse_qsl, urlencode, urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from program import show, url


def address(cursor):
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query)) | ({"after": cursor} if cursor else {})
    return parts._replace(query=urlencode(query)).geturl()


async def follow():
    cursor = ""
    while True:
        try:
            async with connect(address(cursor)) as socket:  # it pings every 20 s: a silent line ends
                async for text in socket:
                    told = json.loads(text)
                    cursor = told.get("id") or told.get("next") or cursor
                    if told.get("gap"):
                        show("gap")
                    if "id" in told:
                        show(told["id"])
        except (OSError, WebSocketException, EOFError):  # cut, silent, refused, not there
            pass
        await asyncio.sleep(random.uniform(1, 2))


asyncio.run(follow())
