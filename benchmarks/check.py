"""How fast `mittari check` reads and judges many instruments, beside plainly loading the same bytes as YAML.

    .venv/bin/python benchmarks/check.py [COUNT]

Makes COUNT (1,000) copies of the client change measure in a temporary folder, each under a name of its own. Both are
measured in the same run on the same files, from the bytes on disk to the result: `yaml.CSafeLoader`, one file after the
other, and `reading.check`, on all processors as the command does it and on one.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from survey import files, reading  # noqa: E402 - a script outside the packages finds them only now

INSTRUMENTS = ROOT / "instruments"
MODEL = "asiakasmuutosmittari"


def fill(folder: Path, count: int) -> list[Path]:
    """The site, its services and so many instruments."""
    shutil.copytree(INSTRUMENTS, folder)
    text = (folder / f"{MODEL}.yaml").read_text(encoding="utf-8")
    made = [folder / f"m{n}.yaml" for n in range(count)]
    for path in made:
        path.write_text(text.replace(f"instrument: {MODEL}", f"instrument: {path.stem}", 1), encoding="utf-8")
    return made


def seconds(run: Callable[[], object]) -> float:
    """How long a run takes."""
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as work:
        made = fill(Path(work) / "instruments", count)
        size = sum(path.stat().st_size for path in made)
        print(f"{count:,} instruments, {size / 1e6:.1f} MB, {os.cpu_count()} processors")
        plain = seconds(lambda: [yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader) for path in made])
        together = seconds(lambda: reading.check([made[0].parent]))
        files.MANY = sys.maxsize
        alone = seconds(lambda: reading.check([made[0].parent]))
    print(f"yaml.CSafeLoader:            {plain:6.2f} s  {count / plain:6.0f} a second")
    for name, took in (("check, all processors", together), ("check, one processor", alone)):
        print(
            f"{name + ':':28} {took:6.2f} s  {count / took:6.0f} a second  {took / plain:.2f} times the plain loading"
        )


if __name__ == "__main__":
    main()
