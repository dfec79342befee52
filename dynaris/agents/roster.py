"""Who may answer where: the house's specialists and the workspace's own agents, as they are set."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dynaris.agents.agent_settings import AGENTS, SPECIALISTS, SUPERVISOR, SpecialistName, settings_of
from dynaris.agents.own_words import own_words
from dynaris.agents.specialists import specialists

_TELLING = frozenset({"status", "channels", "role", "components", "chooses_from", "agent_type"})


@dataclass(frozen=True, slots=True)
class Roster:
    agents: Mapping[str, Any]  # `workspace.agents`
    channel: str

    @property
    def is_the_house(self) -> bool:
        """Nothing is set that changes who answers: the six agents as they come."""
        return all(name in AGENTS and _TELLING.isdisjoint(self.agents[name]) for name in self.agents)

    def specialist_of(self, name: str | None) -> SpecialistName | None:
        """Whose behaviour an agent has; none: there is no such agent."""
        known: Any = name if name in SPECIALISTS else self._set(name).get("based_on")
        return known if known in SPECIALISTS else None

    def is_active(self, name: str | None) -> bool:
        return self.specialist_of(name) is not None and self._set(name).get("status") != "inactive"

    def serves(self, name: str | None) -> bool:
        """Active, and there for this channel."""
        channels = self._set(name).get("channels")
        return self.is_active(name) and (not channels or self.channel in channels)

    def choices(self) -> list[str]:
        """Whom the supervisor may choose here."""
        among = self._set(SUPERVISOR).get("chooses_from")
        return [name for name in self._names() if self._awaits(name) and (not among or name in among)]

    def _awaits(self, name: str) -> bool:
        """Who gets in touch by itself answers only where an account names it, or where it is in the middle of it."""
        return self.serves(name) and self._set(name).get("agent_type") != "outbound"

    def resolved(self, chosen: str) -> str | None:
        """The agent for a choice that may name a specialist: the channel's own before the specialist itself, before
        those without a channel; where none of them is there, whoever is. None: nobody is."""
        choices = self.choices()
        if chosen in choices and chosen not in SPECIALISTS:
            return chosen
        alike = [name for name in choices if self.specialist_of(name) == chosen]
        own = [name for name in alike if name != chosen and self._set(name).get("channels")]
        if own:
            return own[0]
        if chosen in alike:
            return chosen
        return next(iter([*alike, *(["chat"] if "chat" in choices else []), *choices]), None)

    def described(self) -> tuple[tuple[str, str], ...]:
        """By name, what each of the choices is there for."""
        return tuple((name, self._purpose(name)) for name in self.choices())

    def supervisors_words(self) -> str:
        return own_words(settings_of(self.agents, SUPERVISOR))

    def _purpose(self, name: str) -> str:
        specialist = self.specialist_of(name)
        assert specialist is not None, f"{name} is no agent"
        return self._set(name).get("role") or specialists()[specialist].purpose

    def _names(self) -> Iterator[str]:
        yield from SPECIALISTS
        yield from sorted(name for name in self.agents if name not in AGENTS)

    def _set(self, name: str | None) -> Mapping[str, Any]:
        return self.agents.get(name or "") or {}
