"""Settings of a number at a LiveKit server: its address is the number itself."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from dynaris.core.invalid import written

_Short = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]


class LiveKitVoiceSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    url: str = Field(
        default="",
        max_length=300,
        examples=["wss://livekit.example.com"],
        pattern=written(r"^((wss?|https?)://[^\s?#]+)?$", "an address that begins with wss://"),
        description="The LiveKit server; left out, the installation's (`DYNARIS_LIVEKIT_URL`).",
    )
    api_key: str = Field(default="", max_length=200, description="API key, as the LiveKit server knows it.")
    api_secret: SecretStr | None = Field(
        default=None, description="The key's secret: proves that LiveKit called, and lets us call."
    )
    numbers: list[_Short] = Field(
        default=[],
        max_length=50,
        description="Further numbers or extensions that lead here, just as the SIP trunk names them.",
    )
    country_code: str = Field(
        default="",
        examples=["49"],
        pattern=written(r"^([1-9]\d{0,2})?$", "a country code such as 49"),
        description="Of callers whom the PBX shows as 0170 1234567: they become +49 170 1234567.",
    )
    allowed_addresses: list[_Short] = Field(
        default=[],
        max_length=50,
        description="Addresses or networks of the PBX from which SIP calls may come; all, if left out.",
    )
    sip_username: str = Field(default="", max_length=100, description="By which the PBX registers its calls.")
    sip_password: SecretStr | None = Field(default=None, description="The password for it.")
    outbound_trunk: str = Field(
        default="",
        max_length=100,
        examples=["ST_abcdefgh"],
        description="Id of the LiveKit SIP trunk over which we call; without it nobody is called.",
    )
    ring_seconds: int = Field(default=25, ge=5, le=80, description="How long we let it ring where we call.")
    transfer_host: str = Field(
        default="",
        max_length=200,
        examples=["pbx.example.com"],
        description="The PBX that puts callers through; left out, they are sent to the number by itself (tel:).",
    )
