"""The forecasts of trainings, compared with what a service that counts by itself then reported.

`python -m tests.bench.forecasts [--json]`. To reach: tokens within 2 %, cost within 5 % or a cent,
time within the factor that the page states, for every training that has earlier ones to go by.
Where PyTorch is installed, trainings of a tiny model on this machine are compared too.
"""

from __future__ import annotations

import argparse
import json
import sys
from importlib.util import find_spec
from typing import Any

from tests.bench import server
from tests.fake_metered_trainings import MeteredTrainings
from tests.fake_trainings import running

TOKENS, COST, CENT = 0.02, 0.05, 0.01
HEAD = (
    "| training file | epochs | base model | tokens: forecast, trained | cost: forecast, billed "
    "| time: forecast, factor, taken |\n|---|---|---|---|---|---|\n"
)


def main() -> int:
    """Train and compare; 0 if every forecast was near enough."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    options = parser.parse_args()
    with server.prepared(), running(MeteredTrainings) as service:
        rows: list[dict[str, Any]] = server.inside("forecasts_inside", service.url)["rows"]
        for row in rows:
            row["billed"] = service.billed[row["job"]]
        if find_spec("torch") is not None:
            rows += server.inside("forecasts_local")["rows"]
    missed = [row["what"] for row in rows if not _is_near(row)]
    if options.json:
        sys.stdout.write(json.dumps({"forecasts": rows, "missed": missed}) + "\n")
    else:
        sys.stdout.write(HEAD + "".join(map(_line, rows)))
        sys.stdout.write(f"missed: {', '.join(missed) or 'none'}\n")
    return int(bool(missed))


def _is_near(row: dict[str, Any]) -> bool:
    tokens = abs(row["expected_tokens"] / row["tokens"] - 1)
    cost = abs(row["expected_usd"] - row["billed"])
    factor, seconds = row["factor"], row["expected_seconds"]
    is_timed = factor is None or 1 / factor <= row["seconds"] / seconds <= factor
    return tokens <= TOKENS and cost <= max(CENT, COST * row["billed"]) and is_timed


def _line(row: dict[str, Any]) -> str:
    epochs = f"{row['epochs']}{' (left to the service)' if row['is_assumed'] else ''}"
    time = "none yet"
    if row["factor"] is not None:
        time = f"{row['expected_seconds']} s, {row['factor']}"
    return (
        f"| {row['what']} | {epochs} | {row['base_model']} "
        f"| {row['expected_tokens']:,}, {row['tokens']:,} "
        f"| ${row['expected_usd']:.2f}, ${row['billed']:.4f} | {time}, {row['seconds']:.1f} s |\n"
    )


if __name__ == "__main__":
    sys.exit(main())
