"""HTTP of likely duplicates: list, merge, say that they are not the same, and the rules in words."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from dynaris.contacts import merge
from dynaris.contacts.duplicates import listing, rules, verdicts
from dynaris.contacts.duplicates.listing import Duplicate, DuplicateMerge, MatchingRules, State
from dynaris.contacts.duplicates.sweep import SWEEP_JOB
from dynaris.contacts.merge import Merge, MergePreview
from dynaris.core.db import Connection
from dynaris.core.errors import InvalidInput
from dynaris.core.http import PROBLEMS, Db, Limit, Page, Queued, Rank, RankCursor, page_of
from dynaris.core.jobs import defer
from dynaris.workspaces.access import Access, CurrentAccess

router = APIRouter(prefix="/api/contacts", tags=["duplicates"], responses=PROBLEMS)


@router.get("/matching-rules", summary="How contacts are matched and duplicates found, in words")
async def matching_rules(access: CurrentAccess) -> MatchingRules:  # noqa: ARG001 - a member's page
    return MatchingRules(
        matching=list(rules.MATCHING), duplicates=list(rules.DUPLICATES), listed_from=rules.LISTED_FROM
    )


@router.get("/duplicates", summary="Contacts that may be one person, the likeliest first")
async def list_duplicates(
    access: CurrentAccess,
    db: Db,
    *,
    contact: Annotated[UUID | None, Query(description="Only pairs of this contact.")] = None,
    state: Annotated[State, Query(description="`not_the_same`: those that somebody has judged.")] = "open",
    cursor: RankCursor = None,
    limit: Limit = 50,
) -> Page[Duplicate]:
    async with db.workspace(access.workspace_id) as connection:
        found = await listing.page(
            connection, access.workspace_id, state=state, contact_id=contact, after=cursor, limit=limit + 1
        )
    return page_of(found, limit, lambda pair: Rank(round(pair.score * 1000), pair.id))


@router.post("/duplicates/look", status_code=202, summary="Look for duplicates among what changed, now")
async def look_for_duplicates(access: CurrentAccess, db: Db) -> Queued:
    async with db.workspace(access.workspace_id) as connection:
        await _look_again(connection, access)
    return Queued()


@router.get("/duplicates/{duplicate_id}", summary="One pair, with its reasons")
async def get_duplicate(access: CurrentAccess, db: Db, duplicate_id: UUID) -> Duplicate:
    async with db.workspace(access.workspace_id) as connection:
        return await listing.one(connection, access.workspace_id, duplicate_id)


@router.post("/duplicates/{duplicate_id}/not-the-same", summary="Remember that these are two people")
async def not_the_same(access: CurrentAccess, db: Db, duplicate_id: UUID) -> Duplicate:
    async with db.transaction(access.workspace_id) as connection:
        await verdicts.not_the_same(connection, access.workspace_id, duplicate_id, by=access.actor)
        return await listing.one(connection, access.workspace_id, duplicate_id)


@router.post("/duplicates/{duplicate_id}/undo", summary="Take the verdict back: propose the pair again")
async def undo_verdict(access: CurrentAccess, db: Db, duplicate_id: UUID) -> Duplicate:
    async with db.transaction(access.workspace_id) as connection:
        await verdicts.take_back(connection, access.workspace_id, duplicate_id, by=access.actor)
        return await listing.one(connection, access.workspace_id, duplicate_id)


@router.post("/duplicates/{duplicate_id}/merge", summary="Make the two contacts one, or see what that would do")
async def merge_duplicate(
    access: CurrentAccess, db: Db, duplicate_id: UUID, body: DuplicateMerge | None = None
) -> MergePreview | Merge:
    body = body or DuplicateMerge()
    async with db.transaction(access.workspace_id) as connection:
        pair = await listing.one(connection, access.workspace_id, duplicate_id)
        ids = {contact.id for contact in pair.contacts}
        keep = body.keep or listing.keeps(pair)
        if keep not in ids:
            raise InvalidInput(f"expected `keep` to be one of the two contacts, got {keep}")
        [drop] = ids - {keep}
        if body.dry_run:
            return await merge.preview(connection, access.workspace_id, keep, drop)
        reason = "likely duplicate: " + ", ".join(reason.rule for reason in pair.reasons)
        merged = await merge.perform(connection, access.workspace_id, keep, drop, reason=reason, by=access.actor)
        await _look_again(connection, access)
        return merged


async def _look_again(connection: Connection, access: Access) -> None:
    workspace_id = str(access.workspace_id)
    await defer(connection, SWEEP_JOB, {"workspace_id": workspace_id}, lock=f"duplicates:{workspace_id}")
