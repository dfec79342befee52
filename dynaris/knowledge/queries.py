"""What others read of knowledge: passages for questions."""

from dynaris.knowledge.ranking import Passage
from dynaris.knowledge.searching import search

__all__ = ["Passage", "search"]
