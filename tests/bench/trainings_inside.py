"""What the bench of killed trainings does in Django: `KIND URL ROUNDS KILLS SECONDS`, JSON out."""

from __future__ import annotations

import json
import sys

from evaluation.training.models import Stage
from reviewapp.jobs.models import JobState
from tests.factories.people import make_project
from tests.factories.versions import make_filed_version
from tests.killing import survive_kills


def main() -> None:
    """Run the rounds and print how they ended."""
    kind, url, rounds, kills, seconds = sys.argv[1:]
    version = make_filed_version(make_project("bench-trainings"))
    ends = [
        survive_kills(
            version,
            url,
            kills=int(kills),
            longest=float(seconds),
            seed=seed,
            provider=kind,
            hyperparameters={},
        )
        for seed in range(int(rounds))
    ]
    whole = [job for job in ends if (job.state, job.stage) == (JobState.DONE, Stage.SUCCEEDED)]
    sys.stdout.write(json.dumps({"stuck": len(ends) - len(whole)}) + "\n")
