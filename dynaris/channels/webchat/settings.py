"""Settings of a widget: its address is the public key that the page shows."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from dynaris.channels.webchat.texts import LANGUAGES, TEXTS
from dynaris.core.invalid import written
from dynaris.core.origins import Origins

FieldName = Literal["name", "email", "phone_number", "description"]

_LONGEST_TEXT = 500


def _known(texts: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    for language, own in texts.items():
        if language not in LANGUAGES:
            raise ValueError(f"there are texts in {', '.join(LANGUAGES)}, not in {language[:20]!r}")
        for name, text in own.items():
            if name not in TEXTS["en"]:
                raise ValueError(f"there is no text {name[:40]!r}; there are {', '.join(sorted(TEXTS['en']))}")
            if len(text) > _LONGEST_TEXT:
                raise ValueError(f"the text {name!r} has more than {_LONGEST_TEXT} characters")
    return texts


class FormField(BaseModel):
    """One question of the form before a chat."""

    model_config = ConfigDict(extra="forbid")

    visible: bool = True
    required: bool = False
    label: str | None = Field(default=None, max_length=80, description="Instead of ours, in every language.")


class PreChatForm(BaseModel):
    model_config = ConfigDict(extra="forbid")

    enabled: bool = False
    name: FormField = FormField()
    email: FormField = FormField()
    phone_number: FormField = FormField(visible=False)
    description: FormField = FormField(visible=False)


class WidgetSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")  # a mistyped `origins` must not open the widget to every site

    origins: Origins = Field(
        default=["*"], description="Web sites that may embed the widget, e.g. https://clinic.example; * is any."
    )
    title: str | None = Field(default=None, max_length=60, description="Over the chat; else the business's name.")
    greeting: str | None = Field(default=None, max_length=500, description="What a new visitor reads first.")
    away_text: str | None = Field(
        default=None, max_length=500, description="What they read instead outside of business hours."
    )
    colour: str = Field(
        default="#2f5bea", pattern=written("^#[0-9a-fA-F]{6}$", "a colour like #2f5bea"), description="Of the launcher."
    )
    position: Literal["left", "right"] = Field(default="right", description="In which corner of the page.")
    launcher_text: str | None = Field(default=None, max_length=30, description="Beside the launcher's sign.")
    pre_chat: PreChatForm = Field(default=PreChatForm(), description="What is asked before a chat begins.")
    texts: Annotated[dict[str, dict[str, str]], AfterValidator(_known)] = Field(
        default={}, description='Other words than ours, by language and name: {"de": {"send": "Abschicken"}}.'
    )
    privacy_url: str | None = Field(
        default=None,
        max_length=500,
        pattern=written("^https?://[^\\s]+$", "an address that begins with https://"),
        description="Your privacy notice, linked under the chat.",
    )
    sound: bool = Field(default=True, description="Whether a reply is heard, until a visitor chooses.")
    attachments: bool = Field(default=True, description="Whether visitors may send files.")
    powered_by: bool = Field(default=True, description="Whether the chat names Dynaris.")
    identity_secret: SecretStr | None = Field(
        default=None,
        description="Signs who your signed-in visitors are (`Dynaris.identify`). Made for you.",
        json_schema_extra={"issued": "dwi_", "kept_as": "earlier_identity_secret"},
    )
    earlier_identity_secret: SecretStr | None = Field(
        default=None, description="The one before, still accepted until it is set to null."
    )
    messages_per_minute: int = Field(default=30, ge=1, le=600, description="Most messages of one visitor.")
    new_chats_per_address: int = Field(
        default=30, ge=1, le=100_000, description="Most new chats from one network address in 10 minutes."
    )
    new_chats: int = Field(default=600, ge=1, le=100_000, description="Most new chats in 10 minutes.")
