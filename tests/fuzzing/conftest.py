"""How deep to look: a bounded look with every run of the tests, a long one where FUZZ says for how many minutes."""

from __future__ import annotations

import os

import hypothesis

MINUTES = int(os.environ.get("FUZZ", "0"))
EXAMPLES = 25 if not MINUTES else 400 * MINUTES
"""For each address, or each of the things that can be done to a store."""


def depth(examples: int = EXAMPLES) -> hypothesis.settings:
    """Settings for a property that is looked at deeper with FUZZ."""
    return hypothesis.settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
        derandomize=not MINUTES,
    )
