"""The interface for programs against its own document: whatever the document allows or forbids is sent to the real
collector, and every answer must be one that the document has."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import given
from schemathesis.core.failures import FailureGroup

import build as publishing
from collector import create_app, inviting
from collector.app import Collector
from collector.openapi import DOCUMENT
from collector.settings import Keys, Settings, write_keys
from collector.stores.sqlite import SQLiteStore
from survey.json_answers import schema
from survey.model import Library, meaning
from tests.conftest import Clock
from tests.fuzzing.conftest import EXAMPLES, depth

CONFIG: dict[str, Any] = {
    "checks": {
        # 400 is for what the document does not have; 409 and 422 are for what it has and the collector cannot take.
        "positive_data_acceptance": {"expected-statuses": ["2xx", 404, 409, 422]},
        "negative_data_rejection": {"expected-statuses": [400, 404, 405, 413, 415, 422]},
    }
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SQLiteStore]:
    opened = SQLiteStore(tmp_path_factory.mktemp("interface") / "store.sqlite")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def app(built: publishing.Built, keys: Keys, store: SQLiteStore, tmp_path_factory: pytest.TempPathFactory) -> Collector:
    secrets = tmp_path_factory.mktemp("keys") / "keys.json"
    write_keys(secrets, keys)
    settings = Settings(bundle=built.bundle, site=built.site, secrets=secrets, drafts=True)
    return create_app(settings, store=store, clock=Clock(), random=random.Random(3).randbytes)


INTERFACE = schemathesis.openapi.from_dict(DOCUMENT, config=schemathesis.Config.from_dict(CONFIG))


@INTERFACE.parametrize()
@depth()
def test_every_address_does_what_the_document_says(case: schemathesis.Case, app: Collector) -> None:
    """Every check that there is: no 5xx, only documented statuses, types, headers and bodies, what is forbidden is
    refused and what is allowed is not refused as malformed, other methods are refused with the header Allow."""
    case.operation.app = app
    case.call_and_validate()


def _narrowed(library: Library, code: str) -> dict[str, Any]:
    """The document, where all that a submission names is there, and its answers are of the kind that is asked."""
    document = copy.deepcopy(DOCUMENT)
    instrument = library.instruments["tyohonvalmennus@1"]
    shape = document["components"]["schemas"]["Submission"]
    shape["required"] = [*shape["required"], "code", "asked", "answers"]
    shape["properties"] |= {
        "code": {"enum": [code]},
        "instrument": {"enum": [instrument.instrument]},
        "version": {"enum": [1]},
        "meaning": {"enum": [meaning(instrument, "fi")]},
        "wave": {"enum": ["end"]},
        "language": {"enum": ["fi"]},
        "asked": {"enum": [True]},
        "answers": schema(instrument, "end"),
    }
    del shape["properties"]["service"]
    document["components"]["schemas"]["Code"]["properties"]["code"] = {"enum": [code]}
    return document


def test_whole_submissions_are_taken_once(
    app: Collector, store: SQLiteStore, library: Library, keys: Keys, clock: Clock
) -> None:
    """Answers by the instrument's own schema under a real code: one submission is stored, the first that is right."""
    plan = inviting.plan(
        library, service="tyohonvalmennus", group=None, start=clock().date(), end=None, today=clock().date()
    )
    (one,) = inviting.invite(store, keys, [plan], moment=clock(), random=random.Random(5).randbytes)
    document = _narrowed(library, one.code)
    narrowed = schemathesis.openapi.from_dict(document, config=schemathesis.Config.from_dict(CONFIG))
    operation = narrowed["/-/api/submissions"]["POST"]
    operation.app = app
    seen: set[int] = set()

    @given(case=operation.as_strategy(generation_mode=schemathesis.GenerationMode.POSITIVE))
    @depth(4 * EXAMPLES)
    def send(case: schemathesis.Case) -> None:
        seen.add(case.call_and_validate().status_code)

    send()
    kept = list(store.scan(f"submission/{one.participation.id}/"))
    assert {201, 409} <= seen <= {201, 409, 422} and len(kept) == 1


def test_one_answer_leads_to_the_next(
    app: Collector, store: SQLiteStore, library: Library, keys: Keys, clock: Clock
) -> None:
    """What is due links to the questionnaire: following the document's links is answered as the document says."""
    plan = inviting.plan(
        library, service="tyohonvalmennus", group=None, start=clock().date(), end=None, today=clock().date()
    )
    (one,) = inviting.invite(store, keys, [plan], moment=clock(), random=random.Random(6).randbytes)
    linked = schemathesis.openapi.from_dict(
        _narrowed(library, one.code),
        config=schemathesis.Config.from_dict({**CONFIG, "generation": {"mode": "positive"}}),
    )
    linked.app = app
    followed: list[str] = []

    class Followed(linked.as_state_machine()):  # type: ignore[misc]
        def after_call(self, response: schemathesis.Response, case: schemathesis.Case) -> None:
            followed.append(f"{response.status_code} {case.path_parameters.get('key', '')}")

    Followed.run(settings=depth(EXAMPLES // 4))
    assert "200 tyohonvalmennus%401" in followed


def test_a_false_document_is_caught(app: Collector) -> None:
    """Where the document promised that a body may be anything, or left a status out, the look would fail."""
    document = copy.deepcopy(DOCUMENT)
    document["components"]["schemas"]["Code"] = {"type": "object", "additionalProperties": True}
    with pytest.raises(FailureGroup, match="Schema-valid request rejected"):
        _look(document, app)
    document = copy.deepcopy(DOCUMENT)
    del document["paths"]["/-/api/due"]["post"]["responses"]["422"]
    with pytest.raises(FailureGroup, match="Undocumented status code"):
        _look(document, app)


def _look(document: dict[str, Any], app: Collector) -> None:
    false = schemathesis.openapi.from_dict(document, config=schemathesis.Config.from_dict(CONFIG))
    operation = false["/-/api/due"]["POST"]
    operation.app = app

    @given(case=operation.as_strategy(generation_mode=schemathesis.GenerationMode.POSITIVE))
    @depth()
    def look(case: schemathesis.Case) -> None:
        case.call_and_validate()

    look()
