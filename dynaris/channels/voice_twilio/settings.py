"""Settings of a telephone number at Twilio: its address is the number itself."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from dynaris.core.invalid import written

API = "https://api.twilio.com"


class TwilioVoiceSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    account_sid: str = Field(
        examples=["AC00000000000000000000000000000000"],
        pattern=written(r"^AC[0-9a-fA-F]{32}$", "an Account SID: AC and 32 figures or letters a to f"),
        description="Account SID, from the first page of the Twilio console.",
    )
    auth_token: SecretStr = Field(description="Auth token beside it: proves that Twilio called, and lets us call.")
    region: Literal["us1", "ie1", "au1"] = Field(
        default="us1", description="Where Twilio processes the calls; the auth token is the region's own."
    )
    api_url: str = Field(
        default=API,
        max_length=300,
        pattern=written(r"^https?://[^\s?#]+$", "an address that begins with https://"),
        description="Another one than Twilio's only for a stand-in.",
    )
