"""A node of the Bitcoin family that exists only for benchmarks: full blocks, made up, served by a process of its own.

The JSON is what `getblock … 2` of a real node looks like, with scripts, witnesses and the raw bytes in it, because that
is what an adapter has to read past. Invariant: the same seed gives the same chain. Limit: it knows the three calls of a
scan and nothing else, and answers as fast as it can copy bytes.
"""

import hashlib
import json
import multiprocessing
import random
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from multiprocessing.connection import Connection
from typing import Any, Final

import msgspec

from pyxiu.adapters.chains.bitcoin.params import NETWORKS

CHAIN: Final = "litecoin-regtest"
START_S: Final = 120.0
#: Outputs of a transaction: a payment and change, now and then a batch.
BATCHES_OF: Final = 40
BATCH_OUTPUTS: Final = 20


class BlockPlan(msgspec.Struct, frozen=True):
    """`ours[n]`: the scripts of ours that block n + 1 pays, one output each."""

    transactions: int
    ours: list[list[str]]
    seed: int


@contextmanager
def synthetic_node(plan: BlockPlan) -> Iterator[str]:
    """The URL of a node with these blocks for the length of the block."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(plan, there), daemon=True)
    process.start()
    try:
        if not here.poll(START_S):
            raise TimeoutError(f"no blocks were made within {START_S:.0f} s")
        yield f"http://127.0.0.1:{here.recv()}/"
    finally:
        process.terminate()
        process.join()


def script_of(number: int) -> str:
    """The script of one of our addresses, as a segwit output has it."""
    return "0014" + hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest() + "00000000"


def _serve(plan: BlockPlan, there: Connection) -> None:
    blocks = list(_blocks(plan))
    hashes = [NETWORKS[CHAIN].genesis, *(block_hash for block_hash, _ in blocks)]
    bodies = dict(blocks)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            calls = asked if isinstance(asked, list) else [asked]
            answers = [b'{"id":%d,"result":%b,"error":null}' % (call["id"], self.result(call)) for call in calls]
            body = b"[" + b",".join(answers) + b"]" if isinstance(asked, list) else answers[0]
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def result(self, call: dict[str, Any]) -> bytes:
            match call["method"]:
                case "getblockhash":
                    return json.dumps(hashes[call["params"][0]]).encode()
                case "getblock":
                    return bodies[call["params"][0]]
                case _:
                    return json.dumps({"blocks": len(hashes) - 1, "bestblockhash": hashes[-1]}).encode()

        def log_message(self, *_arguments: object) -> None:
            """Nobody watches."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    there.send(server.server_address[1])
    server.serve_forever()


def _blocks(plan: BlockPlan) -> Iterator[tuple[str, bytes]]:
    made = random.Random(plan.seed)  # noqa: S311 - a benchmark's numbers
    parent = NETWORKS[CHAIN].genesis
    for height, ours in enumerate(plan.ours, start=1):
        block_hash = _hex(made, 32)
        waiting = list(ours)
        transactions = []
        for number in range(plan.transactions):
            # Those that pay us are spread over the block, but for the first, whose coins must mature.
            count = -(-len(waiting) // (plan.transactions - number)) if number else 0
            transactions.append(_transaction(made, [waiting.pop() for _ in range(count)]))
        block = {"hash": block_hash, "height": height, "time": 1_700_000_000 + height, "previousblockhash": parent}
        yield block_hash, json.dumps({**block, "nTx": plan.transactions, "tx": transactions}).encode()
        parent = block_hash


def _transaction(made: random.Random, ours: list[str]) -> dict[str, Any]:
    outputs = BATCH_OUTPUTS if made.randrange(BATCHES_OF) == 0 else 2
    scripts = ours + ["0014" + _hex(made, 20) for _ in range(max(1, outputs - len(ours)))]
    txid = _hex(made, 32)
    inputs = [
        {
            "txid": _hex(made, 32),
            "vout": made.randrange(4),
            "scriptSig": {"asm": "", "hex": ""},
            "txinwitness": [_hex(made, 71), _hex(made, 33)],
            "sequence": 4294967293,
        }
        for _ in range(made.choice((1, 1, 2)))
    ]
    paid = [
        {
            "value": made.randrange(10**4, 10**9) / 10**8,
            "n": number,
            "scriptPubKey": {
                "asm": f"0 {script[4:]}",
                "hex": script,
                "reqSigs": 1,
                "type": "witness_v0_keyhash",
                "addresses": [f"rltc1q{script[4:]}"],
            },
        }
        for number, script in enumerate(scripts)
    ]
    sizes = {"version": 2, "size": 222, "vsize": 141, "weight": 561, "locktime": 0}
    return {"txid": txid, "hash": txid, **sizes, "vin": inputs, "vout": paid, "hex": _hex(made, 222)}


def _hex(made: random.Random, length: int) -> str:
    return made.randbytes(length).hex()
