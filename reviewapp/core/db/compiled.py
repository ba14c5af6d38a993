"""Queries of the ORM whose SQL is written once, for pages that ask several in each request.

The ORM takes longer to write a short statement than the database to answer it: a sixth to a third
of Python's time of a page of the queue (docs/benchmarks.md). The rules stay in querysets, which
other code filters further.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS
from django.db.models import QuerySet

from reviewapp.core.db.prepared import Row, fetch_all

# Stand for the ids while the SQL is written; no row has such a number.
_FIRST_SIGN: Final = -(2**62)


class CompiledQuery:
    """A query for ids that differ from call to call.

    Its parameters are those of the function that builds it. A list of ids is one that the function
    puts into a list of its own: `filter(example__in=[examples])`.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], *names: str) -> None:
        """Keep the function; it is called with the first use, when all models are loaded."""
        self._build = build
        self._names = names

    def rows(self, **ids: int | Sequence[int]) -> list[Row]:
        """Return the rows for these ids."""
        statement, constants, width = self._compiled
        # Behind its columns, a query without repetitions has what it is sorted by.
        return [row[:width] for row in fetch_all(statement, {**constants, **ids})]

    def column(self, **ids: int | Sequence[int]) -> list[Any]:
        """Return the first column of the rows for these ids."""
        return [row[0] for row in self.rows(**ids)]

    @cached_property
    def _compiled(self) -> tuple[str, dict[str, Any], int]:
        """The statement, the values that are always equal by name, and the number of columns."""
        signs = {_FIRST_SIGN + number: name for number, name in enumerate(self._names)}
        built = self._build(**{name: sign for sign, name in signs.items()})
        compiler = built.query.get_compiler(DEFAULT_DB_ALIAS)
        statement, values = compiler.as_sql()
        names: list[str] = []
        constants: dict[str, Any] = {}
        for value in values:
            name = signs.get(value) if isinstance(value, int) else None
            if name is None:
                name = f"constant_{len(constants)}"
                constants[name] = value
            names.append(name)
        named = "".join(_named(statement, names, set(self._names)))
        return named, constants, compiler.col_count


def _named(statement: str, names: Sequence[str], ids: Collection[str]) -> Iterator[str]:
    """Yield the parts of a statement with names instead of `%s`; `IN (id)` takes a list."""
    parts = statement.split("%s")
    takes_list = [
        name in ids and before.endswith(" IN (") and after.startswith(")")
        for name, (before, after) in zip(names, pairwise(parts), strict=True)
    ]
    for part, name, is_list in zip(parts, names, takes_list, strict=False):
        yield part.removesuffix(" IN (") + " = ANY (" if is_list else part
        yield f"%({name})s"
    yield parts[-1]
