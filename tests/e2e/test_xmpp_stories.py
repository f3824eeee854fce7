"""What clients do at the presence servers inside (test_presence.py, test_presence_chat.py), all of it once
more from outside: through edge and core."""

import pytest

pytest.importorskip("slixmpp")

import xmpp  # noqa: E402
from test_presence import (  # noqa: E402, F401
    test_a_changed_password_counts_at_once,
    test_a_hundred_of_a_hundred_sign_in,
    test_a_one_time_password_is_good_for_ten_minutes,
    test_a_one_time_password_is_good_once_and_for_its_user,
    test_a_password_of_home_signs_in_and_nothing_else_does,
    test_of_two_who_use_it_at_once_one_gets_in,
    test_what_home_cannot_answer_now_is_nobodys_wrong_password,
)
from test_presence_chat import *  # noqa: E402, F401, F403

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def place(place):
    place.door = xmpp.Door(place.edge_address(), 5222)
    yield place
    assert "XMPP Stream Bound" in place.log("core")
