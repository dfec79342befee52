"""HTTP of privacy: exports, erasures, consents, retention, transcripts."""

from collections.abc import AsyncIterator
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from dynaris.contacts import consent
from dynaris.contacts.merge import survivor
from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, NotFound
from dynaris.core.http import PROBLEMS, Cursor, Db, Limit, Page, Queued, page_of
from dynaris.pipeline.services import CurrentServices
from dynaris.privacy import erasure, export, proof, retention, schemas, transcripts
from dynaris.workspaces.access import AdminAccess, CurrentAccess
from dynaris.workspaces.actions import record

router = APIRouter(prefix="/api", responses=PROBLEMS)


@router.post("/contacts/{contact_id}/export", status_code=202, tags=["privacy"])
async def export_contact(db: Db, access: AdminAccess, contact_id: UUID) -> schemas.Export:
    """Makes a ZIP of everything there is about a contact; one that is being made already is named again."""
    async with db.transaction(access.workspace_id) as connection:
        row = await export.request_export(connection, access.workspace_id, contact_id, by=access.actor)
    return schemas.Export(**row)


@router.get("/privacy/exports/{export_id}", tags=["privacy"])
async def get_export(db: Db, access: AdminAccess, export_id: UUID) -> schemas.Export:
    async with db.workspace(access.workspace_id) as connection:
        return schemas.Export(**await export.get(connection, access.workspace_id, export_id))


@router.get(
    "/privacy/exports/{export_id}/file",
    tags=["privacy"],
    response_class=StreamingResponse,
    responses={200: {"content": {"application/zip": {}}, "description": "The ZIP."}},
)
async def get_export_file(services: CurrentServices, access: AdminAccess, export_id: UUID) -> StreamingResponse:
    workspace_id = access.workspace_id
    async with services.db.transaction(workspace_id) as connection:
        row = await export.get(connection, workspace_id, export_id)
        if row["status"] == "queued":
            raise Conflict("this export is not ready yet")
        if row["status"] == "expired" or row["expires_at"] < clock.now():
            raise NotFound("this export has expired; ask for another one")
        await record(
            connection,
            workspace_id,
            actor=access.actor,
            action="contact.export_downloaded",
            subject=f"contact:{row['contact_id']}",
            detail={"export": export_id},
        )
    chunks = services.files.chunks(row["storage_key"])
    first = await anext(chunks)  # a file that is gone is said before the answer begins
    return StreamingResponse(
        _with(first, chunks),
        media_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="contact-{row["contact_id"]}.zip"',
            "Content-Length": str(row["size"]),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


async def _with(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


@router.get("/contacts/{contact_id}/erasure-preview", tags=["privacy"])
async def preview_erasure(services: CurrentServices, access: AdminAccess, contact_id: UUID) -> schemas.ErasurePreview:
    counts = await erasure.preview(services, access.workspace_id, contact_id)
    return schemas.ErasurePreview(contact_id=contact_id, counts=counts)


@router.post("/contacts/{contact_id}/erase", status_code=202, tags=["privacy"])
async def erase_contact(
    services: CurrentServices, access: AdminAccess, contact_id: UUID, body: schemas.ErasureRequest
) -> schemas.ErasureAnswer:
    """Ends everything open at once, and removes the contact as soon as no agent works for it. It cannot be undone."""
    row, already = await erasure.request(services, access.workspace_id, contact_id, reason=body.reason, by=access.actor)
    return schemas.ErasureAnswer(**row, already=already)


@router.get("/privacy/erasures", tags=["privacy"])
async def list_erasures(db: Db, access: AdminAccess, cursor: Cursor, limit: Limit = 50) -> Page[schemas.Erasure]:
    async with db.workspace(access.workspace_id) as connection:
        rows = await proof.listed(connection, access.workspace_id, before=cursor, limit=limit + 1)
    return page_of([schemas.Erasure(**row) for row in rows], limit, lambda item: item.id)


@router.get("/privacy/erasures/{erasure_id}", tags=["privacy"])
async def get_erasure(db: Db, access: AdminAccess, erasure_id: UUID) -> schemas.Erasure:
    async with db.workspace(access.workspace_id) as connection:
        return schemas.Erasure(**await erasure.get(connection, access.workspace_id, erasure_id))


@router.post("/privacy/erasures/check", tags=["privacy"])
async def check_erasure(
    services: CurrentServices, access: AdminAccess, body: schemas.AddressToCheck
) -> schemas.ErasureCheck:
    """Whether somebody with this address was erased: only who names it can find out."""
    async with services.db.workspace(access.workspace_id) as connection:
        rows = await proof.check(services, connection, access.workspace_id, body.address, body.region)
    return schemas.ErasureCheck(erased=bool(rows), erasures=[schemas.Erasure(**row) for row in rows])


@router.get("/contacts/{contact_id}/consents", tags=["privacy"])
async def list_consents(
    db: Db, access: CurrentAccess, contact_id: UUID, cursor: Cursor, limit: Limit = 50
) -> schemas.Consents:
    async with db.workspace(access.workspace_id) as connection:
        contact_id = await survivor(connection, access.workspace_id, contact_id)
        return await _consents(connection, access.workspace_id, contact_id, before=cursor, limit=limit)


async def _consents(
    connection: Connection, workspace_id: UUID, contact_id: UUID, *, before: UUID | None, limit: int
) -> schemas.Consents:
    rows = await consent.consents(connection, workspace_id, contact_id, before=before, limit=limit + 1)
    blocked = await consent.blocked(connection, workspace_id, contact_id)
    page = page_of([schemas.Consent(**row) for row in rows], limit, lambda item: item.id)
    return schemas.Consents(blocked=blocked, items=page.items, next_cursor=page.next_cursor)


@router.post("/contacts/{contact_id}/consents", status_code=201, tags=["privacy"])
async def add_consent(db: Db, access: CurrentAccess, contact_id: UUID, body: schemas.NewConsent) -> schemas.Consents:
    """Notes what the contact agreed to or asked us not to do; of a channel and purpose the last word counts.

    Answers with the contact's list, as `GET` does."""
    async with db.transaction(access.workspace_id) as connection:
        contact_id = await survivor(connection, access.workspace_id, contact_id)
        await consent.set_consent(
            connection,
            access.workspace_id,
            contact_id,
            channel=body.channel,
            purpose=body.purpose,
            state=body.state,
            source=body.source,
            by=access.actor,
        )
        return await _consents(connection, access.workspace_id, contact_id, before=None, limit=50)


def _days(body: schemas.Retention) -> dict[retention.Kind, int | None]:
    given = body.model_dump(exclude_unset=True)
    return {kind: given[kind] for kind in retention.KINDS if kind in given}


@router.get("/settings/retention", tags=["settings"])
async def get_retention(db: Db, access: CurrentAccess) -> schemas.Retention:
    async with db.workspace(access.workspace_id) as connection:
        return schemas.Retention(**await retention.settings_of(connection, access.workspace_id))


@router.put("/settings/retention", tags=["settings"])
async def put_retention(db: Db, access: AdminAccess, body: schemas.Retention) -> schemas.Retention:
    """What is named changes. What is older goes with the next daily round, for good."""
    async with db.transaction(access.workspace_id) as connection:
        after = await retention.change_settings(connection, access.workspace_id, _days(body), by=access.actor)
    return schemas.Retention(**after)


@router.post("/settings/retention/preview", tags=["settings"])
async def preview_retention(db: Db, access: AdminAccess, body: schemas.Retention) -> schemas.RetentionPreview:
    """What the next round would take with these days; nothing changes."""
    async with db.workspace(access.workspace_id) as connection:
        found = await retention.preview(connection, access.workspace_id, _days(body))
    return schemas.RetentionPreview(counts=dict(found.items()))


@router.post("/conversations/{conversation_id}/transcript", status_code=202, tags=["conversations"])
async def send_transcript(
    services: CurrentServices, access: CurrentAccess, conversation_id: UUID, body: schemas.TranscriptRequest
) -> Queued:
    """Mails the conversation to the contact; asked for again within a minute, it is still one mail."""
    await transcripts.for_member(services, access, conversation_id=conversation_id, address_id=body.address_id)
    return Queued()
