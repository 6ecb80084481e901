"""The state machine of accounts: level and state from private labels and from staff's decision."""

import datetime

import pytest

from pyxiu.identity.labels.decide_standing import TRIGGERS, decide_standing
from pyxiu.identity.labels.model import Label, LabelScope, Level
from pyxiu.identity.model import UserState

NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
LEVELS = [
    Level(id=number, key=key, value="verified", description=None, created_at=NOW, updated_at=NOW)
    for number, key in ((1, "email"), (2, "phone"), (3, "document"))
]
ACTIVATION = {"email": "verified"}


def label(key: str, value: str = "verified", scope: LabelScope = LabelScope.PRIVATE) -> Label:
    return Label(id=1, user_id=1, key=key, value=value, scope=scope, description=None, created_at=NOW, updated_at=NOW)


def level_of(*labels: Label) -> int:
    return decide_standing(labels, LEVELS, ACTIVATION, None).level


def state_of(*labels: Label, staff: UserState | None = None) -> UserState:
    return decide_standing(labels, LEVELS, ACTIVATION, staff).state


def test_a_level_is_reached_only_over_those_below_it() -> None:
    assert level_of() == 0
    assert level_of(label("email")) == 1
    assert level_of(label("phone"), label("document")) == 0
    assert level_of(label("email"), label("document")) == 1
    assert level_of(label("document"), label("phone"), label("email")) == 3


def test_a_label_with_another_value_is_not_the_one_that_counts() -> None:
    assert level_of(label("email", "pending")) == 0
    assert state_of(label("email", "pending")) is UserState.PENDING


def test_t70_public_labels_which_users_write_count_for_nothing() -> None:
    public = [label(key, scope=LabelScope.PUBLIC) for key in ("email", "phone", "document", *TRIGGERS)]
    assert level_of(*public) == 0
    assert state_of(*public) is UserState.PENDING


def test_an_account_becomes_active_with_all_activation_labels() -> None:
    assert state_of() is UserState.PENDING
    assert state_of(label("email")) is UserState.ACTIVE
    both = {"email": "verified", "phone": "verified"}
    assert decide_standing([label("email")], LEVELS, both, None).state is UserState.PENDING


@pytest.mark.parametrize("key", TRIGGERS)
def test_a_trigger_label_keeps_an_active_account_out(key: str) -> None:
    assert state_of(label("email"), label(key, "by_support")) is TRIGGERS[key]


def test_of_several_triggers_the_gravest_counts_in_whatever_order_they_stand() -> None:
    triggers = [label("lock", "x-x"), label("ban", "x-x"), label("suspicious", "x-x")]
    assert state_of(*triggers) is UserState.BANNED
    assert state_of(*reversed(triggers)) is UserState.BANNED
    assert state_of(label("delete", "by_user"), *triggers) is UserState.DELETED


@pytest.mark.parametrize("decided", UserState)
def test_no_label_lifts_what_staff_has_decided(decided: UserState) -> None:
    assert state_of(label("email"), label("phone"), staff=decided) is decided


def test_staff_does_not_lift_what_a_label_says() -> None:
    assert state_of(label("email"), label("ban", "fraud"), staff=UserState.ACTIVE) is UserState.BANNED
    assert state_of(label("lock", "x-x"), staff=UserState.BANNED) is UserState.BANNED
