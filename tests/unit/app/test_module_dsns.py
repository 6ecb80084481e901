"""An api that answers staff too must be able to act as the admin, and says so at the start where it is not."""

from pathlib import Path

import pytest

from pyxiu.app.module_dsns import check_staff_login
from pyxiu.app.settings import Settings
from pyxiu.kit.errors import PermanentError

OWNER, API, ADMIN = (f"postgresql://{name}@db/pyxiu" for name in ("owner", "api", "admin"))


def test_an_api_with_a_login_of_its_own_alone_does_not_answer_staff(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="PYXIU_DATABASE_URL_ADMIN: expected"):
        check_staff_login(Settings(home=tmp_path, module_urls={"api": API}))


@pytest.mark.parametrize(
    ("database_url", "module_urls"),
    [(None, {}), (OWNER, {}), (OWNER, {"api": API}), (None, {"api": API, "admin": ADMIN})],
    ids=["embedded", "owner", "owner and api", "api and admin"],
)
def test_with_the_admins_login_or_the_owners_it_does(
    tmp_path: Path, database_url: str | None, module_urls: dict[str, str]
) -> None:
    check_staff_login(Settings(home=tmp_path, database_url=database_url, module_urls=module_urls))
