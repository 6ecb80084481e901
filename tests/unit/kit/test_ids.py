"""Order ids and UUIDs map to each other."""

from uuid import RFC_4122, UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from pyxiu.kit.ids import ORDER_ID_MAX, order_id_of, order_uuid

TIMES = st.integers(0, 2**48 * 10**6 - 1)
ORDERS = st.integers(0, ORDER_ID_MAX)


@given(ORDERS, TIMES)
def test_the_order_id_comes_back(order_id: int, created_ns: int) -> None:
    uuid = order_uuid(order_id, created_ns)
    assert order_id_of(uuid) == order_id
    assert uuid.version == 7
    assert uuid.variant == RFC_4122
    assert uuid.int >> 80 == created_ns // 10**6


@given(ORDERS, ORDERS, TIMES)
def test_uuids_of_one_millisecond_sort_as_the_order_ids(first: int, second: int, created_ns: int) -> None:
    assert (first < second) == (order_uuid(first, created_ns).hex < order_uuid(second, created_ns).hex)


def test_uuids_of_others_are_refused() -> None:
    assert order_id_of(uuid4()) is None
    assert order_id_of(UUID("0190163d-8694-739b-aea5-966c26f8ad91")) is None  # version 7, but random in rand_a
    assert order_id_of(UUID(int=0)) is None
