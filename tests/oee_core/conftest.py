"""Both implementations of the core: a test that takes `core` runs once with each."""

from types import ModuleType

import pytest

from oee_core import _kernel, reference


@pytest.fixture(params=[_kernel, reference], ids=["kernel", "reference"])
def core(request: pytest.FixtureRequest) -> ModuleType:
    implementation: ModuleType = request.param
    return implementation
