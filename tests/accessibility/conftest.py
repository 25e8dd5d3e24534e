"""Every page in every state, made once; and the closing table of what was looked at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

import build as publishing
from collector.bundle import Bundle, read_bundle
from collector.settings import Keys
from survey.model import Library
from tests.accessibility import states
from tests.accessibility.checks import Looker
from tests.accessibility.states import Shown
from tests.browser.conftest import address, without_script

# Fixtures of the browser tests that are wanted here too.
__all__ = ["address", "without_script"]

Found = dict[tuple[str, str], list[int]]
"""By sort of page and language: how many states were looked at, and how many faults found."""
FOUND = pytest.StashKey[Found]()


@pytest.fixture(scope="session")
def examples(tmp_path_factory: pytest.TempPathFactory) -> publishing.Built:
    """The instruments with every type of question, built."""
    return publishing.build(states.EXAMPLES, tmp_path_factory.mktemp("examples"), drafts=True)


@pytest.fixture(scope="session")
def shown(
    built: publishing.Built, bundle: Bundle, examples: publishing.Built, keys: Keys,
    tmp_path_factory: pytest.TempPathFactory,
) -> list[Shown]:  # fmt: skip
    """Every page × language × state."""
    of_examples = read_bundle(examples.bundle)
    return [
        *states.files(built, bundle.library),
        *states.forms(built, bundle),
        *states.visits(built, keys, tmp_path_factory.mktemp("visits")),
        *(one for one in states.files(examples, of_examples.library) if one.kind == "questionnaire"),
        *states.forms(examples, of_examples),
    ]


@pytest.fixture(scope="module")
def looker(browser: Browser, library: Library) -> Iterator[Looker]:
    opened = Looker(browser, library)
    yield opened
    opened.close()


@pytest.fixture
def found(request: pytest.FixtureRequest) -> Found:
    """Where a test writes how much it has looked at, for the closing table."""
    return request.config.stash.setdefault(FOUND, defaultdict(lambda: [0, 0]))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("accessibility"):
            item.add_marker(pytest.mark.slow)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The table of what was looked at: states by sort of page and language, and the faults."""
    found = config.stash.get(FOUND, None)
    if not found:
        return
    kinds, languages = (list(dict.fromkeys(key[at] for key in found)) for at in (0, 1))
    rows = [["page", *languages, "states", "faults"]]
    for kind in kinds:
        of_kind = [found.get((kind, language), [0, 0]) for language in languages]
        rows.append([kind, *(str(n) for n, _ in of_kind), *(str(sum(column)) for column in zip(*of_kind, strict=True))])
    rows.append(["all", *(str(sum(int(row[at]) for row in rows[1:])) for at in range(1, len(rows[0])))])
    terminalreporter.section("states looked at, by page and language")
    for row in rows:
        terminalreporter.line(f"{row[0]:<15}" + "".join(f"{cell:>10}" for cell in row[1:]))
