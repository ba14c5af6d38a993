"""What the supervisor of an embedded server is told to do."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

from reviewapp.ops.localpg.paths import RunAs


@dataclass(frozen=True)
class SupervisorConfig:
    """What to run, as whom, how long, and what to remove afterwards."""

    command: list[str]
    lock: str
    run_as: RunAs = field(default_factory=RunAs)
    remove: list[str] = field(default_factory=list)

    def as_argument(self) -> str:
        """These supervisor_config as the supervisor's argument."""
        return json.dumps(asdict(self))

    @classmethod
    def from_argument(cls, argument: str) -> SupervisorConfig:
        """The supervisor_config that `as_argument` wrote."""
        return cls(**json.loads(argument))
