"""The rules for a new password of a user, with what the settings say."""

from pyxiu.identity.accounts.password_strength import password_problem, words_about
from pyxiu.identity.model import User
from pyxiu.identity.services import IdentityServices


def problem_of(services: IdentityServices, password: str, user: User) -> str | None:
    """The wire code of the first rule that it breaks."""
    return password_problem(
        password,
        length_min=services.settings.password_min_length,
        entropy_min=services.settings.password_min_entropy,
        known=words_about(user.email, user.username),
    )
