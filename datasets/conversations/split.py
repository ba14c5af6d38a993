"""The three files of a dataset version, named once. Pure."""

from enum import StrEnum


class Split(StrEnum):
    """Which file of a version an example goes into."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


SPLITS = tuple(split.value for split in Split)
