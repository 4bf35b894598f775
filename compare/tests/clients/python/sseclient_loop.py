"""The loop for sseclient-py, which gives the events of one answer of requests. The rest is yours."""

import json
import random
import time

import requests
from sseclient import SSEClient

from program import show, url

cursor = ""
retry = random.uniform(1, 2)

while True:
    try:
        headers = {"Accept": "text/event-stream"}
        if cursor:
            headers["Last-Event-ID"] = cursor
        answer = requests.get(url, headers=headers, stream=True, timeout=(10, 40))  # it says something every 15 s
        answer.raise_for_status()
        for event in SSEClient(answer).events():
            retry = int(event.retry) / 1000 if event.retry else retry
            if event.event == "gap":
                show("gap")
            elif event.event in ("message", "clock"):
                show(json.loads(event.data)["id"])
            cursor = event.id or cursor
    except (requests.RequestException, ValueError):  # cut, silent, refused, not there; or half an event at the end
        pass
    time.sleep(retry)
