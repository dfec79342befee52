"""What HTTP shows and takes of sign-up, sign-in, accounts, invitations and staff."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, EmailStr, Field, StringConstraints

from dynaris.people.passwords import LONGEST
from dynaris.workspaces.access import Role
from dynaris.workspaces.names import Name
from dynaris.workspaces.profile import Line

Address = Annotated[EmailStr, Field(max_length=254)]
# Which passwords may be chosen is checked where they are chosen; here only what may be sent.
Password = Annotated[str, StringConstraints(min_length=1, max_length=4 * LONGEST)]
Token = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=40)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SignUp(_Body):
    name: Name
    email: Address
    password: Password = Field(description="10 to 200 characters; what is guessed first is refused.")
    workspace: Name = Field(description="What the business is called.")


class Verify(_Body):
    token: Token
    password: Password | None = Field(default=None, description="Needed in another browser than the one of sign-up.")


class SignIn(_Body):
    email: Address
    password: Password


class SignInCode(_Body):
    code: Code = Field(description="Of the authenticator app, or a recovery code.")


class SignedIn(BaseModel):
    """The session is in the answer's cookie."""

    totp_required: bool = Field(default=False, description="True: no session yet; send a code to sign-in/code.")


class Accepted(BaseModel):
    """Always alike, whoever has the address."""

    detail: str


class AskReset(_Body):
    email: Address


class Reset(_Body):
    token: Token
    password: Password


class ChangePassword(_Body):
    password: Password
    new_password: Password


class ChangeAddress(_Body):
    email: Address
    password: Password


class ConfirmTotp(_Body):
    code: Code
    secret: Code = Field(description="As the page showed it, so that it can show it again.")


class OneToken(_Body):
    token: Token


class ConfirmedAddress(BaseModel):
    email: str


class PasswordOnly(_Body):
    password: Password


class PasswordAndCode(_Body):
    password: Password
    code: Code


class TotpBeginning(BaseModel):
    secret: str
    uri: str = Field(description="otpauth://")
    qr: str = Field(description="The same as an SVG image.")


class RecoveryCodes(BaseModel):
    recovery_codes: list[str] = Field(description="Shown this once; each works once instead of a code.")


class SessionView(BaseModel):
    id: UUID
    device: str
    ip: str
    created_at: datetime
    last_seen_at: datetime
    workspace: str | None
    current: bool


class EndSession(_Body):
    id: UUID


class Sessions(BaseModel):
    items: list[SessionView]


class Ended(BaseModel):
    ended: int


class AccountView(BaseModel):
    id: UUID
    email: str
    name: str
    staff: bool
    has_password: bool
    totp: bool
    recovery_codes_left: int


class ProviderView(BaseModel):
    name: str
    url: str = Field(description="Open it in the browser.")


class Options(BaseModel):
    """How people get in here."""

    sign_up: Literal["open", "closed"]
    provider: ProviderView | None


class NewInvitation(_Body):
    email: Address
    role: Role = "teammate"


class InvitationView(BaseModel):
    id: UUID
    email: str
    role: Role
    invited_by: str = Field(description="As in the audit log.")
    sent: int = Field(description="How many mails went out.")
    created_at: datetime
    expires_at: datetime


class InvitationLook(BaseModel):
    workspace: str
    email: str
    role: Role
    expires_at: datetime
    has_account: bool = Field(description="True: sign in with this address to accept.")


class AcceptInvitation(_Body):
    token: Token
    name: Name | None = Field(default=None, description="Of a new person; left out by who is signed in.")
    password: Password | None = Field(default=None, description="Of a new person; left out by who is signed in.")


class NewRole(_Body):
    role: Role


class MyWorkspace(BaseModel):
    id: UUID
    slug: str
    name: str
    role: Role
    current: bool


class MyWorkspaces(BaseModel):
    items: list[MyWorkspace]


class NewWorkspaceBody(_Body):
    name: Name


class ChooseWorkspace(_Body):
    workspace_id: UUID


class StaffWorkspace(BaseModel):
    id: UUID
    slug: str
    name: str
    created_at: datetime
    members: int


class EnterWorkspace(_Body):
    workspace_id: UUID
    reason: Annotated[Line, Field(min_length=5, description="Stands in the workspace's audit log.")]


class VisitView(BaseModel):
    workspace_id: UUID
    until: datetime
