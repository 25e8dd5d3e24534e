"""How often the 95 % intervals of change cover the truth, over 1,000 simulated cohorts.

    .venv/bin/python benchmarks/coverage.py

The truth is the expected change on the reported scale after cutting into options; dropout is independent of change.
The same computation is a test (tests/analysis/test_coverage.py), which allows three Monte Carlo standard errors.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from analysis.cohort import Design
from tests.analysis.test_coverage import DESIGN, SEEDS, TOLERANCE, _coverage


def main() -> None:
    print(f"{SEEDS:,} cohorts; allowed {0.95 - TOLERANCE:.3f} to {0.95 + TOLERANCE:.3f}")
    for name, design in (("eight groups of 5 to 30", DESIGN), ("the default cohort", Design())):
        by_group, ignoring = _coverage(design), _coverage(design, clustered=False)
        print(f"{name}: CR2 + Satterthwaite by group {by_group:.3f}, ignoring groups {ignoring:.3f}")


if __name__ == "__main__":
    main()
