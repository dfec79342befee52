"""Which service somebody means: by its name, by what the thing is called elsewhere, through typing mistakes."""

import re
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from dynaris.scheduling.dates.words import fold
from dynaris.scheduling.schemas import Service

_WORD = re.compile(r"[^\W\d_]{3,30}")
_LONGEST = 2000  # characters that are looked through
_ALIKE = 0.84

# Words for one thing: a line each, by how they begin.
_SAME = tuple(
    tuple(line.split())
    for line in """
    massage masaje massagen massieren
    physio fisio kine krankengymnastik physical
    assessment assess erst befund valoracion evaluacion bilan first initial primera premiere anamnese check
    consult consulta beratung gespraech gesprach advice asesor conseil
    sport deporte deportiv sportif
    session sitzung sesion seance treatment behandlung tratamiento traitement
    cleaning reinigung limpieza detartrage nettoyage hygiene prophylaxe
    haircut haarschnitt corte coupe cut
    colour color farbe faerben farben tinte coloration
    manicure manikure maniku manicura manucure nails nagel unas ongles
    pedicure pediku pedicura
    repair reparatur reparacion reparation
    lesson unterricht stunde clase cours class kurs
    visit besuch visita visite
    tour fuhrung fuehrung visita visite
    table tisch mesa
    vaccin impf vacuna
    """.strip().splitlines()
)
# What is a service wherever it is said, by how the word begins: of whoever asks for one that is not there, none is
# assumed to be meant.
_THINGS = tuple(
    re.findall(
        r"\w+",
        "massage masaje massier physio fisioterap kinesi krankengymnast haircut haarschnitt peluquer coiffeur manicur "
        "manikur maniku pedicur pediku tattoo tatuaje tatouage tatowier botox laser",
    )
)
_COMMON = frozenset(
    re.findall(r"\w+", "the and for mit der die das und fur con por una para les des une pour avec our your")
)


def named_services(services: Sequence[Service], text: str) -> list[Service]:
    """Those that fit the words best; several where the words fit several alike, none where they fit none."""
    by_id = [service for service in services if str(service.id) == text.strip()]
    said = set(_words(text))
    if by_id or not said:
        return by_id
    own = {service.id: set(_words(service.name)) for service in services}
    shared = Counter(word for words in own.values() for word in words)
    scores = {service.id: _score(service, own[service.id], said, shared) for service in services}
    best = max(scores.values(), default=0)
    return [service for service in services if best and scores[service.id] > best - 0.01]


def names_another(services: Sequence[Service], text: str) -> bool:
    """Something is asked for by name that is none of these: "a haircut"."""
    things = [word for word in _words(text) if word.startswith(_THINGS)]
    there = {word for service in services for word in _words(f"{service.name} {service.description}")}
    return bool(things) and not any(_means(word, thing) for word in there for thing in things)


def _words(text: str) -> list[str]:
    return [word for word in _WORD.findall(fold(text[:_LONGEST])) if word not in _COMMON]


def _score(service: Service, words: set[str], said: set[str], shared: Counter[str]) -> float:
    """How much of the name was said; a word that many names have tells little. More words count more, and the
    description a little."""
    if not words:
        return 0
    weights = {word: 1 / shared[word] for word in words}
    heard = [weight for word, weight in weights.items() if any(_means(word, other) for other in said)]
    described = sum(1 for word in set(_words(service.description)) if len(word) > 5 and word in said)
    return sum(heard) / sum(weights.values()) + len(heard) * 0.1 + min(described, 3) * 0.05


@lru_cache(maxsize=4096)
def _means(name: str, said: str) -> bool:
    if name == said or _stem(name) == _stem(said):
        return True
    if min(len(name), len(said)) >= 5:
        shorter, longer = sorted((name, said), key=len)
        if longer.startswith(shorter[:-1]) or (len(shorter) > 5 and shorter in longer):
            return True
        if name[0] == said[0] and SequenceMatcher(None, name, said, autojunk=False).ratio() >= _ALIKE:
            return True
    return any(_begins(name, things) and _begins(said, things) for things in _SAME)


def _begins(word: str, things: tuple[str, ...]) -> bool:
    return any(word.startswith(thing) for thing in things)


def _stem(word: str) -> str:
    return word.rstrip("s") if len(word) > 4 else word
