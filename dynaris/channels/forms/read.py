"""A stored submission in the product's words."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, cast, get_args

from dynaris.channels.contract import (
    Account,
    AddressKind,
    Arrival,
    Attachment,
    Errand,
    Inbound,
    Rejected,
    Sender,
    ThreadHint,
    Unreadable,
)
from dynaris.channels.forms.lead import (
    Lead,
    is_robot,
    lead_of,
    local_number,
    mail_address,
    passed_on_subject,
    phone_number,
)
from dynaris.channels.forms.settings import FormSettings
from dynaris.channels.forms.submission import read_submission
from dynaris.channels.forms.words import INQUIRY, WILL_CALL, Language
from dynaris.core.greeting import greeting
from dynaris.core.language import detect

_TYPED = "typed into a form: nobody proved it"
_OF_THE_MESSAGE = frozenset({"name", "first_name", "last_name", "email", "message", "subject"})
_LONGEST_SHOWN = 100  # in a task's title


def read_form(arrival: Arrival, account: Account[FormSettings]) -> Inbound:
    settings = account.settings
    try:
        submission = read_submission(str(arrival.meta.get("content_type", "application/json")), arrival.raw)
    except Rejected as error:
        raise Unreadable(error.reason) from error
    lead = lead_of(submission, settings)
    email = mail_address(lead.known.get("email", ""))
    phone = phone_number(lead.known.get("phone", ""), settings.country)
    language = language_of(lead, settings)
    subject = subject_of(lead, language)
    return Inbound(
        sender=_sender(arrival, lead, email, phone),
        # A form begins a conversation: what a stranger typed must not end up in somebody's running one.
        thread=ThreadHint(subject=subject.casefold()),
        text=_text(lead, submission.files),
        subject=subject,
        attachments=submission.files,
        ignore="honeypot: a field that people do not see was filled in" if is_robot(submission, settings) else None,
        data=_data(arrival, account, lead),
        contact_fields={name: value for name, value in lead.known.items() if name not in _OF_THE_MESSAGE | {"phone"}},
        **_way_back(settings, lead, email, phone, language),
    )


def language_of(lead: Lead, settings: FormSettings) -> Language:
    """In which the lead is written to: its own, where that is one of a form's."""
    found = detect(lead.known.get("message", ""))
    return cast(Language, found) if found in get_args(Language) else settings.language


def subject_of(lead: Lead, language: Language) -> str:
    own = passed_on_subject(lead.known.get("subject", ""))
    inquiry = INQUIRY[language]
    return f"{inquiry}: {own}" if own else inquiry


def _sender(arrival: Arrival, lead: Lead, email: str | None, phone: str | None) -> Sender:
    typed = [(AddressKind.EMAIL, email), (AddressKind.PHONE, phone)]
    addresses = [(kind, value) for kind, value in typed if value]
    nobody = (AddressKind.VISITOR, sha256(f"{arrival.lane} {arrival.external_id}".encode()).hexdigest())
    (kind, value), *claims = addresses or [nobody]
    return Sender(kind=kind, value=value, name=lead.name, reason=_TYPED, claims=tuple(claims))


def _way_back(
    settings: FormSettings, lead: Lead, email: str | None, phone: str | None, language: Language
) -> dict[str, Any]:
    if settings.answer == "none":
        return {"unanswered": "this form asks for no answer"}
    by_mail: dict[str, Any] = {"unanswerable": "the form left no e-mail address to answer to"}
    if email:
        by_mail = {"reply_to": email, "answer_on": AddressKind.EMAIL, "answer_from": settings.mail_account}
    number = phone or local_number(lead.known.get("phone", ""), settings.country)
    if settings.answer == "mail" or not number:
        return by_mail
    acknowledgement = _acknowledgement(lead, language) if settings.acknowledge and email else None
    errand = Errand(
        title=_call(lead, number),
        detail=_text(lead, ())[:4_000],
        within_minutes=settings.call_within_minutes,
        owner=settings.caller,
        acknowledgement=acknowledgement,
        done_as="called",
    )
    return {**by_mail, "errand": errand}


def _acknowledgement(lead: Lead, language: Language) -> str:
    return f"{greeting(language, lead.name)}\n\n{WILL_CALL[language]}"


def _call(lead: Lead, number: str) -> str:
    about = " ".join((lead.known.get("subject") or lead.known.get("message") or "").split())[:_LONGEST_SHOWN]
    who = f"{lead.name} {number}" if lead.name else number
    return f"Call {who[:_LONGEST_SHOWN]}" + (f" about {about}" if about else "")


def _text(lead: Lead, files: Sequence[Attachment]) -> str:
    """The message, then what else was filled in, a line each."""
    lines = [f"{name}: {value}" for name, value in lead.known.items() if name not in _OF_THE_MESSAGE]
    subject = lead.known.get("subject")
    if subject and passed_on_subject(subject) is None:
        lines.insert(0, f"subject: {subject}")
    if lead.typed_name and lead.name is None:
        lines.insert(0, f"name: {lead.typed_name}")
    lines += [f"{name}: {value}" for name, value in lead.others.items()]
    text = "\n\n".join(part for part in (lead.known.get("message", ""), "\n".join(lines)) if part)
    names = ", ".join(file.filename for file in files)
    return text or (f"[files: {names}]" if names else "[a form without a message]")


def _data(arrival: Arrival, account: Account[FormSettings], lead: Lead) -> dict[str, Any]:
    data: dict[str, Any] = {"form": account.address}
    if lead.others:
        data["fields"] = lead.others
    if page := arrival.meta.get("page"):
        data["page"] = page
    if lead.consent is not None:
        settings = account.settings
        data["consent"] = {
            "given": lead.consent,
            "source": f"form {account.address}: {settings.consent_field}",
            "text": settings.consent_text,
            "at": arrival.occurred_at.isoformat() if arrival.occurred_at else None,
        }
    return data
