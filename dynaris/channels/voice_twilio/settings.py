"""Settings of a telephone number at Twilio: its address is the number itself."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from dynaris.core.invalid import written

API, SANDBOX = "https://api.twilio.com", "sandbox"


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
        pattern=written(r"^(https?://[^\s?#]+|sandbox)$", "an address that begins with https://"),
        description="Another one than Twilio's only for a stand-in; `sandbox` is the one of `dynaris up`.",
    )
    sip_address: str = Field(
        default="",
        max_length=300,
        pattern=written(r"^(sips?:[^\s@]+@[^\s@<>\"]+)?$", "an address such as sip:+493012345678@sip.example"),
        description="Calls go on to it, such as LiveKit's SIP gateway, which answers them; here, where it does not.",
    )
    ring_seconds: int = Field(default=25, ge=5, le=120, description="How long we let it ring where we call.")
    missed_call_text: str = Field(
        default="",
        max_length=480,
        description="Written to whoever called and reached nobody; nothing is if left out.",
    )
    missed_call_by: Literal["text", "mail"] = Field(
        default="text",
        description="As a text message; or by mail, where an address of theirs is known.",
    )
