"""The loop for httpx-sse, which gives the events of one answer of httpx. The rest is yours."""

import json
import random
import time

import httpx
from httpx_sse import SSEError, connect_sse

from program import show, url

cursor = ""
retry = random.uniform(1, 2)

with httpx.Client(timeout=httpx.Timeout(10, read=40)) as client:  # the server says something every 15 s
    while True:
        try:
            headers = {"Last-Event-ID": cursor} if cursor else {}
            with connect_sse(client, "GET", url, headers=headers) as source:
                for event in source.iter_sse():
                    cursor = event.id or cursor
                    retry = event.retry / 1000 if event.retry is not None else retry
                    if event.event == "gap":
                        show("gap")
                    elif event.event in ("message", "clock") and event.data:
                        show(json.loads(event.data)["id"])
        except (httpx.HTTPError, SSEError):  # cut, silent, refused, not there
            pass
        time.sleep(retry)
