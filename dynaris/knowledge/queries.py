"""Reads of knowledge that others use: sources for people, passages for questions."""

from dynaris.knowledge.ranking import Passage
from dynaris.knowledge.searching import search
from dynaris.knowledge.sources import get_source, list_sources

__all__ = ["Passage", "get_source", "list_sources", "search"]
