"""Jinja2 as pages use it, with its templates kept compiled."""

from __future__ import annotations

import contextlib
import hashlib
import sys
from collections.abc import Callable
from pathlib import Path

import jinja2
import jinja2.compiler

_OPTIONS = {"autoescape": True, "trim_blocks": True, "lstrip_blocks": True, "keep_trailing_newline": True}


def environment(folder: Path) -> jinja2.Environment:
    """Jinja2 over the templates of a folder; a name that a template is not given is an error."""
    return jinja2.Environment(
        loader=_Loader(folder),
        bytecode_cache=_Compiled(folder),
        undefined=jinja2.StrictUndefined,
        **_OPTIONS,  # type: ignore[arg-type]  # all of them are bool
    )


class _Loader(jinja2.FileSystemLoader):
    """Files of a folder, which are named without what is above it: what is compiled here is the same elsewhere."""

    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, path, unchanged = super().get_source(environment, template)
        return source, f"{Path(path).parent.name}/{template}", unchanged


class _Compiled(jinja2.FileSystemBytecodeCache):
    """Templates as they were compiled, kept where Python keeps modules: the first page of a process is waited for.

    Jinja knows a file by its text and its name; by whom and with which options it was compiled is added here. Where
    nothing can be kept, templates are compiled each time.
    """

    def __init__(self, folder: Path) -> None:
        by = hashlib.sha256(Path(jinja2.compiler.__file__).read_bytes())
        by.update(str(sorted(_OPTIONS.items())).encode())
        super().__init__(str(folder / "__pycache__"), f"{by.hexdigest()[:16]}-%s.jinja")

    def load_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        with contextlib.suppress(OSError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        if not sys.dont_write_bytecode:
            with contextlib.suppress(OSError):
                Path(self.directory).mkdir(exist_ok=True)
                super().dump_bytecode(bucket)
                # As modules are: who installed them need not be who runs them.
                Path(self._get_cache_filename(bucket)).chmod(0o644)
