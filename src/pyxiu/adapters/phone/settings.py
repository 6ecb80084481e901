"""What a phone provider must be told, apart from the provider itself: reading settings loads no HTTP client."""

from typing import Final

import msgspec

API_URL: Final = "https://api.twilio.com"


class TwilioSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`sender` is a number of the account (`+…`) or the id of a messaging service (`MG…`)."""

    account_sid: str
    sender: str
    exchange: str = "Pyxiu"
    api_url: str = API_URL
