"""What the code itself says: its settings, commands, routes and the words of its ledgers, for `check_docs.py`."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import fields
from functools import cache
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast, get_args

import typer.main
from fastapi.routing import iter_route_contexts
from pydantic_core import PydanticUndefined
from sqlalchemy import CheckConstraint

from dynaris.agents import specialists as agents
from dynaris.agents.tools import built_in_tools
from dynaris.app import cli, web
from dynaris.channels.contract import ChannelTraits
from dynaris.channels.registry import channels
from dynaris.contacts import matching
from dynaris.contacts.duplicates import rules
from dynaris.core.errors import DynarisError
from dynaris.core.lifeline import LIFELINE
from dynaris.core.settings import Settings
from dynaris.core.tables import metadata
from dynaris.notifications.topics import TOPICS
from dynaris.pipeline import deliver, outcome, watchdog

SOURCE = Path(web.__file__).parents[1]
# Read outside `Settings`: by the children of `dynaris up`, and by the tests.
_OTHER_VARIABLES = (LIFELINE, "DYNARIS_TEST_DATABASE_URL")


# Settings and commands ---------------------------------------------------------------------------


def variables() -> list[str]:
    return [_variable(name) for name in Settings.model_fields] + list(_OTHER_VARIABLES)


def _variable(name: str) -> str:
    return str(Settings.model_fields[name].validation_alias or f"DYNARIS_{name.upper()}")


@cache
def settings_table() -> str:
    lines = ["| Variable | Default | Meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        lines.append(f"| `{_variable(name)}` | {_default(name, field.default)} | {field.description} |")
    return "\n".join(lines) + "\n"


def _default(name: str, default: Any) -> str:
    if default is PydanticUndefined:
        return {"home": "`~/.local/share/dynaris`"}[name]
    if default is None:
        return "unset"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


@cache
def commands() -> dict[str, dict[str, str]]:
    """By name without `dynaris`: the options and what they mean; arguments in capitals."""
    return {name: dict(_parameters(command)) for name, command in _walk(typer.main.get_command(cli.app), "")}


def _walk(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        yield path, command
        return
    for name, each in command.commands.items():
        yield from _walk(each, f"{path} {name}".strip())


def _parameters(command: Any) -> Iterator[tuple[str, str]]:
    for parameter in command.params:
        text = getattr(parameter, "help", None) or ""
        if parameter.required and parameter.param_type_name == "option":
            text = f"{text} Required.".strip()
        names = (
            parameter.opts if parameter.param_type_name == "option" else [parameter.metavar or parameter.name.upper()]
        )
        yield names[-1], text


@cache
def commands_table() -> str:
    help_of = {name: command.help for name, command in _walk(typer.main.get_command(cli.app), "")}
    lines = ["| Command | What it does |", "|---|---|"]
    lines += [f"| `dynaris {_usage(name)}` | {text} |" for name, text in help_of.items()]
    lines += ["", "| Option | Of | Meaning |", "|---|---|---|"]
    options: dict[tuple[str, str], list[str]] = {}
    for name, given in commands().items():
        for option, text in given.items():
            options.setdefault((option, text), []).append(name)
    lines += [
        f"| `{option}` | {', '.join(f'`{name}`' for name in names)} | {text or 'What people call it.'} |"
        for (option, text), names in options.items()
    ]
    return "\n".join(lines) + "\n"


def _usage(name: str) -> str:
    return " ".join([name, *(each for each in commands()[name] if not each.startswith("-"))])


# Routes, errors, channels ------------------------------------------------------------------------


@cache
def route_families() -> list[str]:
    """The first two parts of an address below `/api`, else the first."""
    return sorted({_family(route.path or "/") for route in _routes()})


def routes() -> set[tuple[str, str]]:
    """Method and path, whatever stands in a path's braces."""
    return {
        (method, re.sub(r"\{[^}]*\}", "{}", route.path or "/")) for route in _routes() for method in route.methods or ()
    }


def _routes() -> list[Any]:
    settings = Settings.model_construct(home=Path("unused"), public_url=None, host="", port=0, sandbox_pages=True)
    app = web.create_app(cast(Any, SimpleNamespace(db=None, settings=settings)), cast(Any, None))
    return list(iter_route_contexts(app.routes))


def _family(path: str) -> str:
    parts = path.strip("/").split("/")
    return "/" + "/".join(re.sub(r"\.(json|csv)$", "", part) for part in parts[: 2 if parts[0] == "api" else 1])


def error_codes() -> list[str]:
    tree: list[type[DynarisError]] = [DynarisError]
    for error in tree:
        tree += error.__subclasses__()
    return sorted({error.code for error in tree})


def channel_names() -> list[str]:
    return sorted(channels())


def topics() -> list[str]:
    return list(TOPICS)


def traits() -> list[str]:
    return [field.name for field in fields(ChannelTraits)]


# The words of the ledgers ------------------------------------------------------------------------


@cache
def _tables() -> Any:
    for path in SOURCE.glob("*/models.py"):
        import_module(f"dynaris.{path.parent.name}.models")
    return metadata.tables


def allowed(table: str, column: str) -> list[str]:
    """The values that the database takes in a column."""
    for constraint in _tables()[table].constraints:
        if isinstance(constraint, CheckConstraint):
            found = re.fullmatch(rf"{column} IN \((.*)\)", str(constraint.sqltext))
            if found:
                return re.findall(r"'(\w+)'", found[1])
    raise LookupError(f"no list of values for {table}.{column}")


def outcomes() -> list[str]:
    return list(outcome.OUTCOMES)


def waits() -> list[str]:
    return list(outcome.WAITS)


def deliveries() -> list[str]:
    return list(get_args(deliver.Delivery))


def watchdog_duties() -> list[str]:
    return list(watchdog._DUTIES)


def trace_steps() -> list[str]:
    """Every kind of line that `dynaris trace` prints."""
    source = (SOURCE / "pipeline" / "trace.py").read_text()
    said = set(re.findall(r'what="([\w-]+)"', source)) | {"message", "reply", "note"}
    return sorted(said | set(allowed("run_step", "kind")))


def rules_table(given: Iterable[rules.Rule]) -> str:
    """With a column for weights, where rules have some."""
    weights = {"raises": "{}", "lowers": "× {}"}
    weighs = any(rule.effect in weights for rule in given)
    heads = ["Rule", "What it does", *(["Weight"] if weighs else []), "Example"]
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    for rule in given:
        weight = [weights[rule.effect].format(rule.weight)] if weighs else []
        lines.append(f"| {' | '.join([f'`{rule.name}`', rule.does, *weight, rule.example])} |")
    return "\n".join(lines) + "\n"


def matching_rules() -> list[str]:
    return re.findall(r"^\d\. `(\w+)`", matching.__doc__ or "", re.MULTILINE)


def specialists() -> list[str]:
    return list(agents.specialists())


def tools() -> list[str]:
    return list(built_in_tools())
