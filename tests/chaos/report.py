"""What a storm came to, for people."""

import statistics

from tests.chaos.storm import BACK_MAX_S, Outcome


def as_markdown(outcome: Outcome) -> str:
    taken_s = sorted(one.back_s for one in outcome.rounds) or [0.0]
    lines = [
        f"# Chaos: {len(outcome.rounds)} rounds, seed {outcome.seed}",
        "",
        f"- Back unaided: median {statistics.median(taken_s)} s, slowest {taken_s[-1]} s (limit {BACK_MAX_S:.0f} s)",
        f"- Acknowledged and found in the journal: {_told(outcome)}",
        f"- Journal: {outcome.records} records; the storm took {outcome.seconds} s",
        f"- Findings: {len(outcome.findings) or 'none'}",
        *(f"  - {finding}" for finding in outcome.findings),
        "",
        "| Round | Killed | After s | Back after s | Acknowledged by then |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {one.number} | {' and '.join(one.killed)} | {one.after_s} | {one.back_s} | {one.acknowledged} |"
        for one in outcome.rounds
    ]
    return "\n".join([*lines, ""])


def _told(outcome: Outcome) -> str:
    return f"{outcome.orders} orders, {outcome.cancels} cancels, {outcome.deposits} deposits"
