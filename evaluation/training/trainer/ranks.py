"""Several processes that train one adapter, each on a GPU of its own, as `torchrun` starts them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from evaluation.training.trainer.folder import REQUESTS

T = TypeVar("T")


@dataclass(frozen=True)
class Ranks:
    """This process among those of one training; the first one writes what is kept."""

    rank: int = 0
    count: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this process writes events, checkpoints and adapters."""
        return self.rank == 0

    def share(self, samples: Sequence[T]) -> Sequence[T]:
        """Return the samples of this process."""
        return samples[self.rank :: self.count]

    def add_up(self, tensors: Sequence[Any]) -> None:
        """Replace each tensor by its sum over all processes."""
        if self.count > 1:
            from torch import distributed  # noqa: PLC0415 - loading it takes seconds.

            for tensor in tensors:
                distributed.all_reduce(tensor)

    def sums(self, *numbers: float) -> list[float]:
        """Return each number summed over all processes."""
        if self.count == 1:
            return list(numbers)
        import torch  # noqa: PLC0415 - loading it takes seconds.

        place = "cuda" if torch.cuda.is_available() else "cpu"
        found = torch.tensor(numbers, dtype=torch.float64, device=place)
        self.add_up([found])
        return [float(value) for value in found.tolist()]

    def agree(self, request: str) -> str:
        """Return what the first process read of a request, so that all stop at the same step."""
        number = REQUESTS.index(request) + 1 if request and self.is_first else 0
        [agreed] = self.sums(float(number))
        return REQUESTS[round(agreed) - 1] if agreed else ""


ALONE = Ranks()


def join() -> Ranks:
    """Join the processes that `torchrun` started; each takes the GPU of its number."""
    import torch  # noqa: PLC0415 - loading it takes seconds.
    from torch import distributed  # noqa: PLC0415

    has_gpus = torch.cuda.is_available()
    distributed.init_process_group("nccl" if has_gpus else "gloo")
    if has_gpus:
        torch.cuda.set_device(distributed.get_node_local_rank())
    return Ranks(distributed.get_rank(), distributed.get_world_size())
