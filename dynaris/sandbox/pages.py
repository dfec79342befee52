"""The sandbox mailbox in a browser, and as JSON: mailboxes, their mails, one mail; and the fault plan."""

from urllib.parse import quote

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel, Field

from dynaris.core.errors import NotFound
from dynaris.sandbox import page_layout as layout
from dynaris.sandbox.faults import LONGEST_DELAY, MOST_PLANNED, Fault, FaultKind, FaultPlan
from dynaris.sandbox.mail_folder import MailFolder, StoredMail
from dynaris.sandbox.mail_parts import header_end, read_fields
from dynaris.sandbox.mail_view import MailView, summary_fields, view_mail
from dynaris.sandbox.mailbox import Mailbox

_MOST_SHOWN = 200
_HEADER_READ = 64 * 1024

# A mail's own HTML inherits this in its frame: styles yes, scripts and anything from the network no.
PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "form-action 'none'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class PlannedFault(BaseModel):
    kind: FaultKind
    times: int = Field(default=1, ge=1, le=MOST_PLANNED)
    seconds: float = Field(default=0.0, ge=0, le=LONGEST_DELAY)
    recipient: str | None = Field(default=None, max_length=1000)


def mailbox_pages(mailbox: Mailbox) -> APIRouter:
    """Routes under `/sandbox/mail` (the prefix is included). They ask for no sign-in: mount them for a sandbox only."""
    router = APIRouter(prefix="/sandbox/mail", include_in_schema=False)
    _add_fault_routes(router, FaultPlan(mailbox.folder))
    _add_json_routes(router, mailbox)
    _add_page_routes(router, mailbox)
    return router


def _add_fault_routes(router: APIRouter, faults: FaultPlan) -> None:
    @router.get("/faults")
    def planned_faults() -> list[Fault]:
        return faults.planned()

    @router.post("/faults", status_code=201)
    def plan_fault(planned: PlannedFault) -> list[Fault]:
        faults.add(Fault(planned.kind, planned.seconds, planned.recipient), times=planned.times)
        return faults.planned()

    @router.delete("/faults", status_code=204)
    def forget_faults() -> None:
        faults.clear()


def _add_json_routes(router: APIRouter, mailbox: Mailbox) -> None:
    @router.get(".json")
    def mailboxes_as_json() -> JSONResponse:
        return JSONResponse([_mailbox_summary(mailbox, address) for address in mailbox.addresses()])

    @router.get("/{address}.json")
    def mails_as_json(address: str) -> JSONResponse:
        inbox = _known(mailbox, address)
        mails = [_mail_summary(inbox, mail) for mail in reversed(inbox.mails())]
        return JSONResponse({"address": layout.shown(inbox.name), "uid_validity": inbox.uid_validity(), "mails": mails})

    @router.get("/{address}/{uid}.json")
    def mail_as_json(address: str, uid: int) -> JSONResponse:
        inbox = _known(mailbox, address)
        mail, view = _opened(inbox, uid)
        attachments = [
            {"number": part.number, "name": part.name, "content_type": part.content_type, "size": part.size}
            for part in view.attachments
        ]
        summary = _mail_summary(inbox, mail)
        return JSONResponse(
            {**summary, "headers": view.all_headers, "text": view.text, "html": view.html, "attachments": attachments}
        )

    @router.post("/{address}/uid-validity")
    def renew_uid_validity(address: str) -> JSONResponse:
        return JSONResponse({"uid_validity": _known(mailbox, address).renew_uid_validity()})


def _add_page_routes(router: APIRouter, mailbox: Mailbox) -> None:
    @router.get("")
    def mailboxes_page() -> HTMLResponse:
        summaries = [_mailbox_summary(mailbox, address) for address in mailbox.addresses()]
        return HTMLResponse(layout.mailboxes(summaries), headers=PAGE_HEADERS)

    @router.get("/{address}")
    def mails_page(address: str) -> HTMLResponse:
        inbox = _known(mailbox, address)
        found = inbox.mails()
        summaries = [_mail_summary(inbox, mail) for mail in reversed(found[-_MOST_SHOWN:])]
        return HTMLResponse(layout.mails(inbox.name, summaries, len(found)), headers=PAGE_HEADERS)

    @router.get("/{address}/{uid}")
    def mail_page(address: str, uid: int) -> HTMLResponse:
        inbox = _known(mailbox, address)
        mail, view = _opened(inbox, uid)
        return HTMLResponse(layout.one_mail(inbox.name, mail, view), headers=PAGE_HEADERS)

    @router.get("/{address}/{uid}/source")
    def mail_source(address: str, uid: int) -> Response:
        content = _known(mailbox, address).read(uid)
        if content is None:
            raise NotFound(f"there is no mail {uid}")
        return _download(content, f"{uid}.eml")

    @router.get("/{address}/{uid}/attachments/{number}")
    def attachment(address: str, uid: int, number: int) -> Response:
        _, view = _opened(_known(mailbox, address), uid)
        found = next((part for part in view.attachments if part.number == number), None)
        if found is None:
            raise NotFound(f"mail {uid} has no attachment {number}")
        return _download(found.part.decoded(), found.name)


def _download(content: bytes, name: str) -> Response:
    """Always a download of unknown type, whatever the mail claims it to be."""
    return Response(
        content,
        media_type="application/octet-stream",
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name[:150], safe='')}",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )


def _known(mailbox: Mailbox, address: str) -> MailFolder:
    inbox = mailbox.inbox(layout.address_from(address))
    if not inbox.exists():
        raise NotFound("no mail was ever sent to that address")
    return inbox


def _opened(inbox: MailFolder, uid: int) -> tuple[StoredMail, MailView]:
    mail, content = inbox.mail(uid), inbox.read(uid)
    if mail is None or content is None:
        raise NotFound(f"there is no mail {uid}")
    return mail, view_mail(content)


def _mailbox_summary(mailbox: Mailbox, address: str) -> layout.MailboxSummary:
    mails = mailbox.inbox(address).mails()
    unseen = sum("\\Seen" not in mail.flags for mail in mails)
    newest = mails[-1].received.isoformat() if mails else None
    return {
        "address": layout.shown(address),
        "url": layout.url_of(address),
        "mails": len(mails),
        "unseen": unseen,
        "newest": newest,
    }


def _mail_summary(inbox: MailFolder, mail: StoredMail) -> layout.MailSummary:
    start = inbox.read(mail.uid, most=_HEADER_READ) or b""
    fields = summary_fields(read_fields(start[: header_end(start)]))
    return {
        "uid": mail.uid,
        "received": mail.received.isoformat(),
        "size": mail.size,
        "flags": sorted(mail.flags),
        "from": fields["from"],
        "to": fields["to"],
        "subject": fields["subject"],
    }
