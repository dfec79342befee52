"""What HTTP shows of accounts and of what can be connected."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class ProvedAddress(BaseModel):
    address: str
    how: Literal["code", "dns", "operator"] | None = Field(description="null: not proved.")


class AccountProof(BaseModel):
    """Until its address is proved, an account uses its own servers only."""

    state: Literal["proved", "unproved", "not_needed"]
    addresses: list[ProvedAddress] = Field(description="The account's own, then its aliases.")
    to_do: str | None = Field(
        description="What is open, in words. `…/prove/code` proves by mail, `…/prove/dns` by DNS."
    )


class AskedProof(BaseModel):
    model_config = ConfigDict(extra="forbid")

    address: str | None = Field(default=None, max_length=400, description="An alias; else the account's own address.")


class GivenCode(AskedProof):
    code: str = Field(max_length=40)


class SentCode(BaseModel):
    detail: str


class DomainProof(BaseModel):
    """The TXT record to publish at the domain's DNS, and whether it was found there just now."""

    proved: bool
    record_name: str
    record_type: Literal["TXT"] = "TXT"
    record_value: str
    found: str


class AccountView(BaseModel):
    id: UUID
    channel: str
    address: str
    name: str = Field(description="As people know it: its address, or the telephone number on WhatsApp.")
    settings: dict[str, Any] = Field(description="Without secrets, which are never shown.")
    enabled: bool
    agent: str | None = Field(description="The specialist that answers here; absent: the supervisor decides.")
    error: str | None = Field(description="Why nothing is read from it now.")
    send_error: str | None = Field(description="Why nothing can be sent from it now.")
    last_event_at: datetime | None
    created_at: datetime
    proof: AccountProof


class NewAccount(BaseModel):
    model_config = ConfigDict(extra="forbid")

    channel: str = Field(max_length=100, description="A name of `/api/integrations/toolkits`.")
    address: str | None = Field(
        default=None,
        max_length=400,
        description="A mailbox, a widget's or form's public key, a source's name. Made for you where it is left out, "
        "but for mail.",
    )
    settings: dict[str, Any] = Field(default={}, description="As the channel's `settings_schema` says.")
    agent: str | None = Field(
        default=None, description="The specialist that answers here; else the supervisor decides."
    )


class AccountChanges(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    settings: dict[str, Any] | None = Field(
        default=None,
        description="Merged: what is left out stays, secrets too; null is none, or the default of what cannot be none.",
    )
    agent: str | None = Field(default=None, description="null: the supervisor decides.")
    enabled: bool | None = Field(default=None, description="Switched off, nothing comes in.")


class ConnectedAccount(AccountView):
    issued: dict[str, str] = Field(description="Secrets that were made for this account: shown this once.")


class SecretToRenew(BaseModel):
    model_config = ConfigDict(extra="forbid")

    field: str = Field(max_length=100, description="Of the settings: one whose schema says `issued`.")


class RenewedSecret(AccountView):
    issued: dict[str, str] = Field(description="The new secret: shown this once.")


class Snippet(BaseModel):
    html: str
    fetch: str = Field(description="The same from a script.")


class CheckFinding(BaseModel):
    part: str
    status: Literal["ok", "warning", "failed"]
    found: str
    remedy: str | None


class AccountCheck(BaseModel):
    ok: bool | None = Field(description="Whether nothing failed; null where the channel has nobody to ask.")
    findings: list[CheckFinding]


class Toolkit(BaseModel):
    name: str
    kind: Literal["channel"]
    settings_schema: dict[str, Any] = Field(description="JSON Schema of the settings that connecting needs.")
    connected: bool
    accounts: int
    errors: list[str] = Field(description="What does not work now, each with the account's address.")
    members_only: bool = Field(description="Only the workspace's own people are told there; nothing comes in.")
    embedded: bool = Field(description="Its accounts have a snippet: code for a web page.")


class Toolkits(BaseModel):
    items: list[Toolkit]


class Address(BaseModel):
    url: str
    setting: str = Field(description="The environment variable that sets it.")
    used_for: str


class CallbackAddress(BaseModel):
    """What to enter at another system or in a web page, so that it reaches this account."""

    channel: str
    account_id: UUID
    account: str
    used_for: str
    url: str


class PublicAddresses(BaseModel):
    app: Address
    docs: Address
    auth: Address
    gateway: Address
    callbacks: list[CallbackAddress] = Field(description="One for each way into each account that has any.")
