"""Dataclasses whose methods are written when they are first used.

Python takes half a millisecond to write the methods of a frozen dataclass. The collector loads over eighty, and a
function that starts for one submission uses half of them while somebody waits
(docs/decisions/0026-frozen-when-used.md). To a reader and to a type checker, `dataclass` is that of the standard
library.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(**options):
        """The decorator of `dataclasses` with its options; methods of order are written at once."""
        return dataclasses.dataclass(**options) if options.get("order") else lambda cls: _Later(cls, options).cls


__all__ = ["dataclass"]

_LINE = threading.RLock()
_COMPARED = {"__repr__": "repr", "__eq__": "eq", "__hash__": "eq"}
"""What is called of an instance, and the option that asks for it: one that comes from another process has not been
through its `__init__`."""
_SOON = ("__match_args__", "__init__", "__dataclass_fields__")
"""What instances are made with, the last one last: it says that the others are there."""
_LATER = (*_COMPARED, "__dataclass_params__")
"""What few are asked for."""


class _Later:
    """A class that has stand-ins; whichever is used first has the real ones written, and goes on with its own."""

    def __init__(self, cls: type, options: dict[str, bool]) -> None:
        self.cls, self._options = cls, options
        self._own = {name: value for name, value in vars(cls).items() if name not in ("__dict__", "__weakref__")}
        for name, option in {"__init__": "init", **_COMPARED}.items():
            if name not in self._own and options.get(option, True):
                setattr(cls, name, self._method(name))
        for name in ("__match_args__", "__dataclass_fields__", "__dataclass_params__"):
            setattr(cls, name, _Asked(self, name))
        if options.get("frozen"):
            cls.__setattr__ = cls.__delattr__ = _refuse  # type: ignore[assignment,method-assign]

    def _method(self, name: str) -> Callable[..., Any]:
        def first(instance: object, *arguments: object, **named: object) -> Any:
            return getattr(self.written(name), name)(instance, *arguments, **named)

        return first

    def written(self, name: str) -> type:
        """The class with one of its methods. It never lacks one that it had: other threads may be using it."""
        with _LINE:
            if isinstance(vars(self.cls)["__dataclass_fields__"], _Asked):
                self._write(_SOON, {**self._options, "repr": False, "eq": False})
            if name in _LATER and isinstance(vars(self.cls)["__dataclass_params__"], _Asked):
                self._write(_LATER, self._options)
        return self.cls

    def _write(self, names: tuple[str, ...], options: dict[str, bool]) -> None:
        made = type(self.cls)(self.cls.__name__, self.cls.__bases__, dict(self._own))
        written = vars(dataclasses.dataclass(**options)(made))
        for name in self._own.keys() & vars(self.cls).keys() - written.keys():
            # A field whose default is made anew for each.
            delattr(self.cls, name)
        for name in (*(written["__dataclass_fields__"].keys() & written.keys()), *names):
            if name in written:
                setattr(self.cls, name, written[name])


class _Asked:
    """What a class says of its fields, once somebody asks."""

    def __init__(self, later: _Later, name: str) -> None:
        self._later, self._name = later, name

    def __get__(self, instance: object, owner: type) -> Any:
        self._later.written(self._name)
        return getattr(owner, self._name)


def _refuse(instance: object, name: str, *value: object) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot change field {name!r}")
