#!/usr/bin/env python3
"""A till in Python, with nothing but the standard library.

    fh serve                          # in one terminal; or, to try it without an account: fh --sandbox serve
    python3 examples/till.py invoice.json

It hands the document to the agent, waits for the result and prints the receipt. Run it again whenever it is not clear
what became of a document: the same document changes nothing, and its receipt is printed again.

Environment: FH_AGENT (http://127.0.0.1:8490), FH_AGENT_TOKEN_FILE (where `fh serve` says the token is), and
FH_AGENT_PATIENCE, the seconds until it gives up waiting (300). What it gives up waiting for stays in the outbox.

Exit codes: 0 printed, 2 usage, 3 refused and not taken in, 4 rejected, 5 not settled yet, 6 wrong token.
"""

import http.client
import json
import os
import pathlib
import sys
import time
import urllib.parse

OPEN = ("queued", "sending", "accepted", "unknown")
LONGEST_WAIT = 30


def token_file():
    """Where the agent puts its token unless it is told otherwise."""
    named = os.environ.get("FH_AGENT_TOKEN_FILE")
    if named:
        return pathlib.Path(named)
    if os.name == "nt":
        state = pathlib.Path(os.environ["LOCALAPPDATA"])
    else:
        state = pathlib.Path(os.environ.get("XDG_STATE_HOME") or pathlib.Path.home() / ".local/state")
    return state / "fiscal-harmony" / "agent-token"


class Refused(Exception):
    """The agent said no, and will say so again."""

    def __init__(self, status, problem):
        super().__init__(problem.get("detail", "no reason was given"))
        self.status = status
        self.findings = problem.get("findings", [])


def why(entry):
    """What it waits for, or why it stands where it stands."""
    if entry["waits_for"]:
        return "it waits for this: " + entry["waits_for"]["why"]
    return entry["reason"] or "it goes on by itself"


class Unsettled(Exception):
    """Patience is over."""


class Agent:
    def __init__(self, address, token, patience):
        self.address = urllib.parse.urlsplit(address)
        self.token = token
        self.until = time.monotonic() + patience

    def ask_once(self, method, path, body):
        connection = http.client.HTTPConnection(
            self.address.hostname, self.address.port or 80, timeout=LONGEST_WAIT + 15
        )
        try:
            connection.request(method, path, body, {"Authorization": "Bearer " + self.token})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def ask(self, method, path, body=None):
        """Asks until there is an answer. Everything this till asks for may be asked twice."""
        pause = 0.2
        while True:
            try:
                status, answer = self.ask_once(method, path, body)
                # The agent cannot reach its disk, or was too slow to hear us; neither is our document's fault.
                if status not in (408, 429, 500, 502, 503, 504):
                    break
                why = f"the agent answers {status}"
            except (OSError, http.client.HTTPException) as error:
                why = f"the agent does not answer ({error!r})"
            left = self.until - time.monotonic()
            if left <= 0:
                raise Unsettled(why)
            print(f"till: {why}; asking again", file=sys.stderr, flush=True)
            time.sleep(min(pause, left))
            pause = min(2 * pause, 5)
        if status >= 400:
            try:
                problem = json.loads(answer)
            except ValueError:
                problem = {"detail": f"status {status}"}
            raise Refused(status, problem)
        return answer

    def wait(self):
        return max(0, min(LONGEST_WAIT, int(self.until - time.monotonic())))

    def fiscalise(self, document):
        """Hands a document in and follows it until it is settled, or until an operator must decide."""
        path = "/v1/documents"
        entry = json.loads(self.ask("POST", f"{path}?wait={self.wait()}", document))
        own = path + "/" + urllib.parse.quote(entry["document"], safe="")
        said = None
        while entry["state"] in OPEN:
            if self.until <= time.monotonic():
                raise Unsettled(f"{entry['document']} is {entry['state']}: {why(entry)}")
            if why(entry) != said:
                said = why(entry)
                print(f"till: {entry['document']} is {entry['state']}: {said}", file=sys.stderr, flush=True)
            entry = json.loads(self.ask("GET", f"{own}?wait={self.wait()}"))
        return entry, own


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        document = pathlib.Path(sys.argv[1]).read_bytes()
        token = token_file().read_text().strip()
    except OSError as error:
        print(f"till: {error}", file=sys.stderr)
        return 2
    agent = Agent(
        os.environ.get("FH_AGENT", "http://127.0.0.1:8490"), token, float(os.environ.get("FH_AGENT_PATIENCE", "300"))
    )
    try:
        entry, own = agent.fiscalise(document)
        if entry["state"] == "fiscalised":
            receipt = agent.ask("GET", own + "/receipt.txt")
            sys.stdout.buffer.write(receipt)
            return 0
    except Refused as refusal:
        print(f"till: {refusal}", file=sys.stderr)
        for finding in refusal.findings:
            print(f"  {finding['level']} {finding['rule']} {finding['pointer']}: {finding['message']}", file=sys.stderr)
            print(f"    {finding['remedy']}", file=sys.stderr)
        return 6 if refusal.status in (401, 403) else 3
    except Unsettled as unsettled:
        print(f"till: not settled yet: {unsettled}. Run this again later.", file=sys.stderr)
        return 5
    print(f"till: {entry['document']} is {entry['state']}: {entry['reason']}", file=sys.stderr)
    # What may have arrived is neither rejected nor refused: somebody must look it up.
    return 4 if entry["state"] in ("rejected", "parked") and not entry["in_doubt"] else 5


if __name__ == "__main__":
    sys.exit(main())
