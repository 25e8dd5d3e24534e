"""The variables that codebooks describe are the columns that the dataset has."""

from __future__ import annotations

import pyarrow as pa
import pytest

from analysis import dataset
from survey.variables import FIXED, variables
from tests.exchange.exporting import EXAMPLES, SHIPPED, library

STORED = {
    pa.string(): "string",
    pa.int64(): "Int64",
    pa.float64(): "Float64",
    pa.bool_(): "boolean",
    pa.date32(): "date",
    pa.timestamp("ms", tz="UTC"): "datetime",
}


@pytest.mark.parametrize("folder", [SHIPPED, EXAMPLES], ids=["shipped", "examples"])
def test_variables_are_the_columns_of_the_dataset(folder) -> None:  # type: ignore[no-untyped-def]
    """Names, order and storage of all columns of a folder's instruments, fixed ones first."""
    all_of_it = library(folder)
    wanted = {name: storage for name, (storage, _) in FIXED.items()}
    for one in sorted(all_of_it.instruments.values(), key=lambda i: (i.instrument, i.version)):
        wanted |= {variable.name: variable.storage for variable in variables(one)}
    schema = dataset.response_schema(all_of_it)
    assert [(field.name, STORED[field.type]) for field in schema] == list(wanted.items())
