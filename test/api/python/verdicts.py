"""What became of each method of a client, as a line of JSON."""

import json
import os
import sys


def arguments():
    """The cell's URL, and a key."""
    return sys.argv[1], os.environ["CELL_KEY"]


def judge(client, method, run):
    try:
        run()
        error = None
    except Exception as caught:
        error = f"{type(caught).__name__}: {caught}"
    print(json.dumps({"client": client, "method": method, "error": error}), flush=True)
