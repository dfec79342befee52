"""People's pages of the web process: plain forms without scripts, over the same actions as the API."""

from fastapi import APIRouter

from dynaris.people.pages import account, entrance, links, provider

router = APIRouter()
for module in (entrance, links, provider, account):
    router.routes.extend(module.router.routes)
