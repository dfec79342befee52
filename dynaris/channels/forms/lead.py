"""A submission as a lead: who it says it is from, what it says, and what must be mended before it is taken."""

import re
import unicodedata
from dataclasses import dataclass, field

import email_validator
from email_validator import EmailNotValidError

from dynaris.channels.forms.mapping import CONTROLS, mapping_of
from dynaris.channels.forms.settings import FormSettings
from dynaris.channels.forms.submission import Submission

# What a stranger typed and we would send on to an address that may be somebody else's: never a link.
_LINK = re.compile(
    r"""://|www\.|@
    |[^\s.]{2}\.[^\W\d_]{2}  # example.org
    |[^\s.]\.[^\W\d_]{2,}[/\\?\#:]|[^\s.]\.[^\W\d_]{2,3}\b  # t.me; R.Miller is somebody's name
    |\b\d{1,3}(?:\.\d{1,3}){3}\b|\d{7}|\+[ (]?\d{2}|\b0\d{2,4}[ /-]\d{3}
    |\(\d{2,5}\)|\b\d{3}[ ./-]\d{3}[ ./-]\d{4}|(?:\d[ ./-]?){11}  # 1 (900) 555-0199; 2026-11-21 is a day
    |\b(?:tel|sms|callto|mailto|javascript|data):|\[\.\]|\[:""",
    re.VERBOSE,
)
_AS_WRITTEN = str.maketrans({"\u3002": ".", "\u2044": "/", "\u2215": "/", "\u200c": None, "\u200d": None})
_UNSEEN = ("Cc", "Cf", "Cn", "Co", "Cs")
_LOCAL_NUMBER = re.compile(r"[\d ()/.\-]+", re.ASCII)
_FEWEST_DIGITS = 3
_LONGEST_ADDRESS, _LONGEST_NUMBER = 320, 100
# What a script or a list of two choices sends for a box that nobody ticked.
_NOT_TICKED = frozenset(("", "0", "false", "off", "no", "nein", "non"))
_LONGEST_PASSED_ON = 80


@dataclass(frozen=True, slots=True)
class Lead:
    known: dict[str, str]  # by target: name, email, ...
    others: dict[str, str] = field(default_factory=dict)  # by the form's own names
    consent: bool | None = None  # `None`: the form does not ask

    @property
    def typed_name(self) -> str:
        parts = (self.known.get("first_name", ""), self.known.get("last_name", ""))
        return self.known.get("name") or " ".join(part for part in parts if part)

    @property
    def name(self) -> str | None:
        """Without what only looks like one."""
        return _passed_on(self.typed_name) or None


@dataclass(frozen=True, slots=True)
class Fault:
    field: str
    message: str


def lead_of(submission: Submission, settings: FormSettings) -> Lead:
    mapping = mapping_of(settings, submission.fields)
    known: dict[str, str] = {}
    others: dict[str, str] = {}
    for name, value in submission.fields.items():
        if name in CONTROLS or name in (settings.honeypot, settings.consent_field):
            continue
        target = mapping.get(name)
        if target and target not in known:
            known[target] = value
        elif value:
            others[name] = value
    asked = settings.consent_field
    consent = submission.fields.get(asked, "").lower() not in _NOT_TICKED if asked else None
    return Lead({target: value for target, value in known.items() if value}, others, consent)


def is_robot(submission: Submission, settings: FormSettings) -> bool:
    return bool(settings.honeypot and submission.fields.get(settings.honeypot))


def faults_of(submission: Submission, lead: Lead, settings: FormSettings) -> list[Fault]:
    """What the person who filled the form in can mend."""
    mapping = mapping_of(settings, submission.fields)
    faults: list[Fault] = []
    for wanted in settings.required:
        given = submission.fields.get(wanted) or lead.known.get(wanted) or (wanted == "name" and lead.typed_name)
        if not given and not any(file for file in submission.files if wanted == "files"):
            faults.append(Fault(wanted, "this is required"))
    email = lead.known.get("email")
    if email and mail_address(email) is None:
        shown = next(name for name, target in mapping.items() if target == "email")
        faults.append(Fault(shown, "this is no e-mail address"))
    phone = lead.known.get("phone")
    if phone and not (phone_number(phone, settings.country) or local_number(phone, settings.country)):
        shown = next(name for name, target in mapping.items() if target == "phone")
        if {shown, "phone"} & set(settings.required):
            faults.append(Fault(shown, "this is no telephone number"))
    if not (lead.known or lead.others or submission.files) and not faults:
        faults.append(Fault("message", "the form is empty"))
    if len(submission.files) > settings.most_files:
        faults.append(Fault("files", f"at most {settings.most_files} files, not {len(submission.files)}"))
    return faults


def mail_address(given: str) -> str | None:
    """The address that a mail can be sent to; `None` where this is none."""
    if len(given) > _LONGEST_ADDRESS:
        return None
    try:
        found = email_validator.validate_email(given, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        return None
    return found.normalized


def phone_number(given: str, country: str | None) -> str | None:
    """With its country code; `None` where it has none or is no number."""
    if not given or len(given) > _LONGEST_NUMBER:
        return None
    import phonenumbers  # 25 ms to import, and only some forms ask for it

    try:
        number = phonenumbers.parse(given, country)
    except phonenumbers.NumberParseException:
        return None
    # Letters count as digits there ("1-800-FLOWERS"), and two digits as a number somewhere in the house.
    possible = phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
    if not possible or sum(map(str.isdigit, given)) < _FEWEST_DIGITS:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def local_number(given: str, country: str | None) -> str | None:
    """What somebody may dial, although the form does not say in which country."""
    if country is None and _LOCAL_NUMBER.fullmatch(given.strip()) and 5 <= sum(map(str.isdigit, given)) <= 15:
        return given
    return None


def passed_on_subject(subject: str) -> str | None:
    return _passed_on(subject) or None


def _passed_on(text: str) -> str:
    """Empty where a mail program might make a link of it, whatever signs it is written in."""
    line = " ".join(text.split())
    if len(line) > _LONGEST_PASSED_ON:
        return ""
    plain = unicodedata.normalize("NFKC", line).translate(_AS_WRITTEN).lower()
    hidden = any(unicodedata.category(sign) in _UNSEEN for sign in plain)
    return "" if hidden or _LINK.search(plain) else line
