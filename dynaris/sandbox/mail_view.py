"""A mail as a person reads it: decoded headers, its text, its HTML made harmless, its attachments."""

from dataclasses import dataclass, field
from email.message import Message

import nh3

from dynaris.sandbox.mail_parts import Part, decoded_words, header_values, read_mail

_SHOWN_FIELDS = ("From", "To", "Cc", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To")
_LONGEST_TEXT = 1_000_000
_STYLED = {"style", "align", "valign", "width", "height", "bgcolor", "color", "border", "cellpadding", "cellspacing"}


@dataclass(frozen=True)
class Attachment:
    """`number` counts from 1 in the order of the mail."""

    number: int
    name: str
    content_type: str
    part: Part

    @property
    def size(self) -> int:
        return len(self.part.decoded())


@dataclass
class MailView:
    fields: list[tuple[str, str]]
    all_headers: str
    text: str = ""
    html: str = ""
    attachments: list[Attachment] = field(default_factory=list)

    def value(self, name: str) -> str:
        return next((value for key, value in self.fields if key == name), "")


def summary_fields(fields: Message) -> dict[str, str]:
    """From, To and Subject, for a list of mails."""
    return {name.lower(): _value(fields, name) for name in ("From", "To", "Subject")}


def view_mail(source: bytes) -> MailView:
    mail = read_mail(source)
    view = MailView(
        fields=[(name, value) for name in _SHOWN_FIELDS if (value := _value(mail.fields, name))],
        all_headers=clean(mail.header.decode("utf-8", "replace")),
    )
    for part in mail.walk():
        if not part.is_multipart:
            _sort_in(view, part)
    return view


def _sort_in(view: MailView, part: Part) -> None:
    attached = part.fields.get_content_disposition() == "attachment" or part.file_name is not None
    if part.content_type == "text/plain" and not attached:
        view.text += clean(part.text()[:_LONGEST_TEXT])
    elif part.content_type == "text/html" and not attached:
        view.html += harmless_html(clean(part.text()[:_LONGEST_TEXT]))
    else:
        number = len(view.attachments) + 1
        name = clean(part.file_name or f"part-{number}")
        view.attachments.append(Attachment(number, name, clean(part.content_type), part))


def harmless_html(html: str) -> str:
    """Without scripts, forms and handlers; the frame it is shown in allows neither scripts nor our origin."""
    attributes = {tag: allowed | _STYLED for tag, allowed in nh3.ALLOWED_ATTRIBUTES.items()}
    attributes["*"] = _STYLED
    try:
        return nh3.clean(html, attributes=attributes, link_rel="noopener noreferrer nofollow")
    except BaseException as error:
        # A panic of the sanitiser is no `Exception`: it would end the process that shows the mail.
        if type(error).__name__ == "PanicException":
            return "<p>This mail's HTML cannot be shown.</p>"
        raise


def clean(text: str) -> str:
    """Text that can be encoded: lone surrogates and NUL are shown as the replacement character."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "�")


def _value(fields: Message, name: str) -> str:
    return clean(", ".join(decoded_words(value).strip() for value in header_values(fields, name)))
