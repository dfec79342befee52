"""Tools as connectors will have them, and what came of them: nothing may, unless a person said yes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from pydantic import BaseModel

from dynaris.agents import conduct
from dynaris.agents import specialists as all_specialists
from dynaris.agents.tool import Tool, ToolContext, only_this_contact
from dynaris.agents.tools import built_in_tools


class Refund(BaseModel):
    """Pay money back."""

    amount: str
    account: str = ""


class OneContact(BaseModel):
    """A contact by its id."""

    contact_id: str
    change: str = ""


class Post(BaseModel):
    """Post a message to somebody on another system."""

    to: str
    text: str


class Note(BaseModel):
    """Do something that its connector does not describe."""

    text: str = ""


@dataclass
class Dangers:
    """What really ran."""

    ran: list[str] = field(default_factory=list)

    def tools(self) -> dict[str, Tool]:
        def about_one(arguments: OneContact) -> list[str]:
            return [arguments.contact_id]

        made = [
            self._tool("refund", "spend", Refund, about=only_this_contact, destructive=False),
            self._tool("delete_contact", "write", OneContact, about=only_this_contact, destructive=True),
            self._tool("read_contact", "read", OneContact, about=about_one),
            self._tool("change_contact", "write", OneContact, about=about_one, destructive=False),
            self._tool(
                *("post_message", "send", Post),
                about=only_this_contact,
                destructive=False,
                recipients=lambda arguments: [arguments.to],
                says=lambda arguments: [arguments.text],
            ),
            self._tool("undescribed", "write", Note),
        ]
        return {tool.name: tool for tool in made}

    def _tool(self, name: str, effect: Any, arguments: type[BaseModel], **stated: Any) -> Tool:
        async def run(_context: ToolContext, _arguments: Any) -> dict[str, str]:
            self.ran.append(name)
            return {"done": name}

        return Tool(
            name=name, description=arguments.__doc__ or "", effect=effect, arguments=arguments, run=run, **stated
        )


@contextmanager
def granted(dangers: Dangers) -> Iterator[None]:
    """Every specialist has them besides its own."""
    more = dangers.tools()
    with pytest.MonkeyPatch.context() as patch:
        known = {
            name: replace(specialist, tools=(*specialist.tools, *more))
            for name, specialist in all_specialists.specialists().items()
        }
        every = {**built_in_tools(), **more}
        patch.setattr(conduct, "specialists", lambda: known)
        patch.setattr(conduct, "built_in_tools", lambda: every)
        conduct.agent_of.cache_clear()
        yield
    conduct.agent_of.cache_clear()
