"""Every rejection of the core can be told, understood and is tried: wire code, status, documentation, test."""

import pytest

from pyxiu.api.errors import REJECTIONS
from pyxiu.core.rejections import DESCRIPTIONS, Rejection
from tests.architecture.source import ROOT, python_files

ALL = [rejection for rejection in Rejection if rejection is not Rejection.NONE]
ERRORS_PAGE = ROOT / "docs" / "api" / "errors.md"
CORE_TESTS = "tests/contract"


@pytest.mark.parametrize("rejection", ALL, ids=lambda rejection: rejection.name)
def test_a_rejection_has_a_code_a_status_documentation_and_a_test(rejection: Rejection) -> None:
    error = REJECTIONS[rejection]
    assert 400 <= error.status <= 503
    page = ERRORS_PAGE.read_text(encoding="utf-8")
    # A table cell names a second code of the same beginning without it.
    assert f"`{error.code}`" in page or f"`{error.code.rpartition('.')[2]}`" in page, f"{error.code} is not explained"
    assert DESCRIPTIONS[rejection].endswith("."), "a sentence for `pyxiu explain`"
    tests = "\n".join(path.read_text(encoding="utf-8") for path in python_files(CORE_TESTS))
    assert rejection.name in tests, f"no test under {CORE_TESTS} names {rejection.name}"
