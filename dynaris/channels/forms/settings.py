"""Settings of a form: its address is the key in the form's action."""

import re
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from dynaris.channels.forms.words import Language
from dynaris.core.origins import Origins

_WEB_SITE = re.compile(r"https?://(\[[0-9a-f:.]+\]|[^\s/:@?#*\[\]\\]+)(:\d{1,5})?")
_TARGET = re.compile(r"[a-z][a-z0-9_]{0,39}")
_REGION = re.compile(r"[A-Z]{2}")
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\\"<>]")


class FormSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")  # a mistyped `origins` must not open the form to every site

    fields: dict[str, str] = Field(
        default={},
        max_length=100,
        description="Which field is what: {form field: name, first_name, last_name, email, phone, company, message, "
        "subject or any contact field}. Without it, common names in five languages are recognised.",
    )
    required: list[str] = Field(
        default=[], max_length=50, description="Fields of the form that must be filled in; or what they are mapped to."
    )
    answer: Literal["mail", "call", "none"] = Field(
        default="mail", description="A lead is answered by mail, kept for a call by a person, or only kept."
    )
    mail_account: str | None = Field(
        default=None,
        max_length=320,
        description="E-mail account that answers; the workspace's first by default.",
        json_schema_extra={"refers_to": "email_account"},
    )
    acknowledge: bool = Field(default=False, description="A lead that is kept for a call gets a short mail at once.")
    call_within_minutes: int = Field(
        default=60, ge=5, le=10_000, description="How many minutes of business hours a call may wait."
    )
    caller: str | None = Field(
        default=None,
        max_length=200,
        description="Name or e-mail of the teammate who calls; the owner by default.",
        json_schema_extra={"refers_to": "member"},
    )
    country: str | None = Field(
        default=None,
        description="Country of phone numbers without a country code, such as DE or AT; by default the workspace's, by "
        "its phone number or time zone.",
        json_schema_extra={"of_workspace": "country"},
    )
    language: Language = Field(
        default="en",
        description="Language of the form's own pages, and of mails where the lead's own is not clear; the workspace's "
        "by default.",
        json_schema_extra={"of_workspace": "language"},
    )
    redirect: str | None = Field(
        default=None, max_length=2_000, description="Page shown after an HTML form; a thank-you page by default."
    )
    origins: Origins = Field(
        default=["*"],
        max_length=50,
        description="Web sites that may send the form, e.g. https://clinic.example; * is any.",
    )
    honeypot: str | None = Field(
        default="website_url_2", max_length=100, description="Field that people do not see: filled in by robots only."
    )
    consent_field: str | None = Field(default=None, max_length=100, description="Checkbox by which a person consents.")
    consent_text: str = Field(
        default="", max_length=1_000, description="What stands beside that checkbox; kept with the consent."
    )
    most_files: int = Field(default=5, ge=0, le=10, description="Most files of one submission; 0 takes none.")
    per_address: int = Field(
        default=20, ge=1, le=100_000, description="Most submissions from one network address in 10 minutes."
    )
    total: int = Field(default=300, ge=1, le=100_000, description="Most submissions in 10 minutes.")

    @field_validator("fields")
    @classmethod
    def _fields(cls, fields: dict[str, str]) -> dict[str, str]:
        for target in fields.values():
            if not _TARGET.fullmatch(target):
                raise ValueError(f"a field is mapped to a name like email or company, not {target[:50]!r}")
        return fields

    @field_validator("redirect")
    @classmethod
    def _redirect(cls, url: str | None) -> str | None:
        if url is not None and origin_of(url) is None:
            raise ValueError(f"a redirect is like https://clinic.example/thanks, not {url[:100]!r}")
        return url

    @field_validator("country")
    @classmethod
    def _country(cls, country: str | None) -> str | None:
        if country is not None and not _REGION.fullmatch(country.upper()):
            raise ValueError(f"a country is two letters, such as DE; not {country[:20]!r}")
        return country.upper() if country else None

    def allows(self, origin: str) -> bool:
        return "*" in self.origins or origin.lower().rstrip("/") in self.origins

    def next_page(self, wanted: str) -> str | None:
        """Where to go after the form. What the form asks for counts on sites named here only: it may be anybody's."""
        named = {*self.origins, origin_of(self.redirect or "")} - {"*", None}
        return wanted if wanted and origin_of(wanted) in named else self.redirect


def origin_of(url: str) -> str | None:
    """`None` for what no browser must be sent to."""
    if _UNSAFE.search(url) or not url.isascii():
        return None
    try:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}".lower()
    except ValueError:
        return None
    return origin if _WEB_SITE.fullmatch(origin) else None
