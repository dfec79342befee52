"""Settings of a WhatsApp number: its address is Meta's id of the number."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from dynaris.core.invalid import written

GRAPH = "https://graph.facebook.com"
SANDBOX = "sandbox"


class WhatsAppSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    phone_number: str = Field(
        examples=["+4915550100100"],
        pattern=written(r"^\+[1-9]\d{6,14}$", "a number with its country code, such as +4915112345678"),
        description="The number itself, as people dial it.",
        json_schema_extra={"names_account": True},
    )
    waba_id: str = Field(
        examples=["210987654321098"],
        pattern=written(r"^\d{5,30}$", "Meta's id of the business account, digits alone"),
        description="WhatsApp Business Account ID; templates belong to it.",
    )
    access_token: SecretStr = Field(description="Of a system user, with whatsapp_business_messaging and _management.")
    app_secret: SecretStr = Field(description="Of your Meta app (App settings, Basic): proves that Meta called.")
    verify_token: SecretStr = Field(
        description="What you enter beside the webhook's address at Meta. Made for you where it is left out.",
        json_schema_extra={"issued": "dwv_"},
    )
    transport: Literal["meta"] = Field(default="meta", description="Who carries the calls to Meta.")
    graph_url: str = Field(
        default=GRAPH,
        max_length=300,
        pattern=written(r"^(sandbox|https?://[^\s?#]+)$", "an address that begins with https://"),
        description="Another one than Meta's only for a stand-in; `sandbox` is the one of `dynaris up`.",
    )
    graph_version: str = Field(
        default="v23.0", pattern=written(r"^v\d{1,3}\.\d{1,2}$", "a version such as v23.0"), description="Of the API."
    )
    read_receipts: bool = Field(default=True, description="Whether contacts see that what they wrote was read.")
