"""Settings of a service that has turns answered: its address is the name that it calls with."""

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class HeraldSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    secret: SecretStr = Field(
        description="Signs the service's turns, and our callbacks to it. Made for you where it is left out.",
        json_schema_extra={"issued": "dhs_"},
    )
