"""Logs without secrets."""

from pyxiu.app.logs import BLOT, blot_secrets


def test_values_that_sound_secret_are_blotted_out() -> None:
    event = {
        "event": "x",
        "password": "p",
        "api_secret": "s",
        "X-Auth-Signature": "s",
        "session_token": "t",
        "uid": "u",
    }
    assert blot_secrets(None, "info", event) == {
        "event": "x",
        "password": BLOT,
        "api_secret": BLOT,
        "X-Auth-Signature": BLOT,
        "session_token": BLOT,
        "uid": "u",
    }


def test_passwords_in_connection_strings_are_blotted_out() -> None:
    event = {"event": "lost postgresql://pyxiu:hunter2@/pyxiu?host=x", "seq": 3}
    assert blot_secrets(None, "info", event) == {"event": f"lost postgresql://pyxiu:{BLOT}@/pyxiu?host=x", "seq": 3}
