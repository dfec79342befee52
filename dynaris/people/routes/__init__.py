"""HTTP of people: getting in, the own account, who works here, staff."""

from fastapi import APIRouter

from dynaris.people.routes import account, entrance, invitations, members, staff, workspaces

router = APIRouter()
for module in (entrance, account, invitations, members, workspaces, staff):
    router.routes.extend(module.router.routes)
