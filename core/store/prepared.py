"""SQLAlchemy Core statements compiled once, then run straight on a driver's cursor.

SQLAlchemy's own execution costs about 75 µs a statement, several times what the statement itself costs; its text and
its type rules are what Rebook wants of it, so those are worked out once and kept. Pure, but for the memory of what was
compiled.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.sql.expression import Executable
from sqlalchemy.types import TypeEngine

Convert = Callable[[Any], Any]


class Row(tuple[Any, ...]):
    """One row of a result: a named tuple whose attributes are the column names of the statement."""

    __slots__ = ()

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

        def _asdict(self) -> dict[str, Any]: ...


class Prepared:
    """A Core statement that is compiled once per dialect and per set of value names; see `prepare`."""

    __slots__ = ("_forms", "statement")

    def __init__(self, statement: Executable) -> None:
        self.statement = statement
        self._forms: dict[tuple[str, ...], Form] = {}

    def form(self, dialect: Dialect, values: Mapping[str, Any]) -> Form:
        """Return the statement as *dialect* writes it for values of these names.

        Raises:
            TypeError: a value that the statement needs is missing, or one that it has no place for is there.
        """
        key = (dialect.name, *values)
        form = self._forms.get(key)
        if form is None:
            form = self._forms[key] = Form(self.statement, dialect, tuple(values))

        return form


def prepare(statement: Executable) -> Prepared:
    """Return *statement* ready to be run often: make it a constant of the module, with `bindparam` for what varies.

    Values are given by name when it runs. `insert(table)` and `update(table)` without `.values()` take the columns
    whose names are given.
    """
    return Prepared(statement)


class Form:
    """A statement as one dialect writes it, for one set of value names."""

    __slots__ = ("_compiled", "_constants", "_decoders", "_expands", "_make", "_parameters", "_sql")

    def __init__(self, statement: Executable, dialect: Dialect, names: tuple[str, ...]) -> None:
        clause = cast("ClauseElement", statement)
        self._compiled = cast("SQLCompiler", clause.compile(dialect=dialect, column_keys=list(names)))
        self._sql = str(self._compiled)
        order = tuple(self._compiled.positiontup or ())
        binds = {name: self._compiled.binds[name] for name in order}
        _refuse_misnamed(self._sql, set(names), {name: bind.required for name, bind in binds.items()})
        self._constants = {name: bind.effective_value for name, bind in binds.items() if name not in names}
        self._expands = any(bind.expanding for bind in binds.values())
        self._parameters = [(name, _encoder(binds[name].type, dialect)) for name in order]
        columns = getattr(statement, "exported_columns", ())  # plain text has none
        decoders = ((index, _decoder(column.type, dialect)) for index, column in enumerate(columns))
        self._decoders = [(index, decode) for index, decode in decoders if decode is not None]
        self._make: Callable[[Iterable[Any]], Row] | None = None

    def render(self, values: Mapping[str, Any]) -> tuple[str, Sequence[Any]]:
        """Return the SQL and its parameters in the order of the text.

        Raises:
            ValueError: a naive time among *values* (DESIGN rule 6).
        """
        if self._constants:
            values = {**values, **self._constants}

        if self._expands:
            return self._expanded(values)

        return self._sql, [
            values[name] if encode is None else encode(values[name]) for name, encode in self._parameters
        ]

    def rows(self, names: Callable[[], tuple[str, ...]], found: Iterable[tuple[Any, ...]]) -> list[Row]:
        """Return what the driver *found* as rows; *names* gives the columns as the driver calls them."""
        make = self._make
        if make is None:
            make = self._make = _row_maker(names())

        if not self._decoders:
            return [make(row) for row in found]

        decoded = []
        for row in found:
            values = list(row)
            for index, decode in self._decoders:
                values[index] = decode(values[index])

            decoded.append(make(values))

        return decoded

    def _expanded(self, values: Mapping[str, Any]) -> tuple[str, Sequence[Any]]:
        """Return the SQL with one mark per element of each list (`IN`)."""
        state = self._compiled.construct_expanded_state(dict(values))
        encoders = {**dict(self._parameters), **state.processors}
        parameters = [(state.parameters[name], encoders.get(name)) for name in state.positiontup or ()]
        return state.statement, [value if encode is None else encode(value) for value, encode in parameters]


def _refuse_misnamed(sql: str, given: set[str], required: Mapping[str, bool]) -> None:
    """Raise TypeError unless every given name has a place and every required place has a name."""
    missing = {name for name, needed in required.items() if needed} - given
    if missing or given - required.keys():
        raise TypeError(f"missing values {sorted(missing)}, unknown values {sorted(given - required.keys())}: {sql}")


def _encoder(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _decoder(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)


@lru_cache(maxsize=512)
def _row_maker(names: tuple[str, ...]) -> Callable[[Iterable[Any]], Row]:
    """Return what makes a row of these columns.

    Raises:
        ValueError: two columns have one name (label one of them), or a name is no identifier.
    """
    fields = namedtuple("Row", names)  # type: ignore[misc]  # noqa: PYI024  the columns are known only at run time
    made: Any = type("Row", (fields, Row), {"__slots__": ()})
    # Like `made._make`, which counts the values once more in Python: a list of bookings makes ten thousand rows.
    return cast("Callable[[Iterable[Any]], Row]", partial(tuple.__new__, made))
