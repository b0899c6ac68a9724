"""Results of a planted study of σ and N, with everything that figures show."""

import pytest
from tests.planted_size_results import planted_sizes

from value_scaling.report.sizes.results import SizeResults


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> SizeResults:
    return planted_sizes(tmp_path_factory.mktemp("sizes"))
