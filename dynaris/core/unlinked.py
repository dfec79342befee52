"""Text in mails to our own people, written so that no mail client makes a link of it.

A summary, a note or a name may hold what a stranger wrote, and whoever works here trusts a mail of their own system.
Readable it stays, and holds nothing unseen: `https[:]//evil[.]example/x`. E-mail addresses are left as they are, for
people to answer to.
"""

import re

from dynaris.core.unseen import seen

_WORD = re.compile(r"[^\s<>()\[\]{}\"',;]+")
_SCHEME = re.compile(r":(?=//)")
# Between a name and what may be a name's ending; browsers take the other dots for the first one.
_DOT = re.compile(r"(?<=[\w-])[.。．｡](?=[^\W\d_][\w-])")
_SHARE = re.compile(r"^\\\\")  # of another computer, as Windows writes it


def unlinked(text: str) -> str:
    return _WORD.sub(lambda word: _written(word[0]), seen(text))


def _written(word: str) -> str:
    if "@" in word and "/" not in word:
        return word
    return _DOT.sub("[.]", _SCHEME.sub("[:]", _SHARE.sub(r"\\ \\ ", word)))
