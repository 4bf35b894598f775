"""What each program here is started with, an address and a number, and what it prints: a line for each message and each gap,
until it has had so many messages."""

import os
import sys

url, count = sys.argv[-2:]
left = int(count)


def show(line):
    """The id of a message, or "gap"."""
    global left
    print(line, flush=True)
    left -= line != "gap"
    if left == 0:
        os._exit(0)
