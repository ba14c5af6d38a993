"""The configuration of an embedded server's supervisor."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

from reviewapp.ops.localpg.paths import RunAs


@dataclass(frozen=True)
class SupervisorConfig:
    """The configuration.

    Attributes:
        command: of the server.
        lock: the file that users of the server have locked; the server runs as long.
        run_as: the account of the server.
        remove: folders to remove afterwards.
    """

    command: list[str]
    lock: str
    run_as: RunAs = field(default_factory=RunAs)
    remove: list[str] = field(default_factory=list)

    def as_argument(self) -> str:
        """Return the configuration as the supervisor's argument."""
        return json.dumps(asdict(self))

    @classmethod
    def from_argument(cls, argument: str) -> SupervisorConfig:
        """Return the configuration that `as_argument` encoded."""
        return cls(**json.loads(argument))
