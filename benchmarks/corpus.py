"""A made-up business's knowledge of any size, and natural questions about it: the same for the same seed.

Words come as in real texts: few are in every passage, most are in very few. Each passage has a topic, whose words
come up together; four languages; a question takes words of one passage, some as a synonym, some mistyped, with words
around them that the passage does not have.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from dynaris.core.language_words import FUNCTION_WORDS
from dynaris.knowledge.words import MEANINGS

LANGUAGES = {"en": 0.7, "de": 0.1, "es": 0.1, "fr": 0.1}
_WORDS = 60_000
_TOPICS = 400
_ONSETS = [
    "b",
    "bl",
    "br",
    "c",
    "ch",
    "cl",
    "cr",
    "d",
    "dr",
    "f",
    "fl",
    "fr",
    "g",
    "gl",
    "gr",
    "h",
    "j",
    "k",
    "l",
    "m",
    "n",
    "p",
    "pl",
    "pr",
    "qu",
    "r",
    "s",
    "sc",
    "sh",
    "sl",
    "sp",
    "st",
    "str",
    "t",
    "th",
    "tr",
    "v",
    "w",
]
_VOWELS = ["a", "e", "i", "o", "u", "ea", "ou", "ai", "ee"]
_CODAS = ["", "", "", "n", "r", "s", "t", "l", "m", "ck", "nd", "st", "rt", "ng"]
_ENDINGS = {
    "en": ("", "", "s", "ing", "ed", "er", "ment", "ion"),
    "de": ("", "e", "en", "er", "ung", "keit", "lich"),
    "es": ("o", "a", "os", "as", "ción", "ar", "ado"),
    "fr": ("", "e", "es", "tion", "er", "age", "eux"),
}
_FRAMES = {
    "en": ("what about {} for {}", "can you tell me if {} is {}", "how do I get {} with {}", "do you have {} and {}",
           "I would like to know about {} and {}", "is there any {} when {}"),
    "de": ("wie ist das mit {} für {}", "können Sie mir sagen ob {} bei {}", "gibt es {} und {}",
           "ich möchte gerne wissen was {} mit {}"),
    "es": ("qué pasa con {} para {}", "me puede decir si hay {} con {}", "tienen ustedes {} y {}"),
    "fr": ("est ce que vous avez {} pour {}", "je voudrais savoir si {} avec {}", "comment faire pour {} et {}"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Written:
    """A passage as its business wrote it."""

    language: str
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    text: str
    about: int  # the passage, by its number


class Corpus:
    def __init__(self, seed: int = 7) -> None:
        self._random = random.Random(seed)
        self._words = {language: self._vocabulary(language) for language in LANGUAGES}
        # Zipf's law: the word of rank r comes up in proportion to 1/r.
        self._weights = list(accumulate(1 / (rank + 20) for rank in range(_WORDS)))
        groups = list(dict.fromkeys(MEANINGS.values()))
        self._everyday = {
            language: [word for group in groups for word in group.split() if _spoken(word, language)][:600]
            for language in LANGUAGES
        }
        self._topics = {
            language: [self._topic(language) for _ in range(_TOPICS if language == "en" else _TOPICS // 4)]
            for language in LANGUAGES
        }
        self.passages: list[Written] = []

    def write(self, passages: int) -> list[Written]:
        self.passages = [self._passage() for _ in range(passages)]
        return self.passages

    def ask(self, questions: int) -> list[Asked]:
        """Of 6 to 15 words each."""
        found: list[Asked] = []
        while len(found) < questions:
            about = self._random.randrange(len(self.passages))
            text = self._question(self.passages[about])
            if 6 <= len(text.split()) <= 15:
                found.append(Asked(text, about))
        return found

    def _vocabulary(self, language: str) -> list[str]:
        words: dict[str, None] = {}
        while len(words) < _WORDS:
            syllables = self._random.choices((1, 2, 3, 4), (2, 5, 4, 1))[0]
            word = "".join(
                self._random.choice(_ONSETS) + self._random.choice(_VOWELS) + self._random.choice(_CODAS)
                for _ in range(syllables)
            )
            words[word + self._random.choice(_ENDINGS[language])] = None
        return list(words)

    def _topic(self, language: str) -> list[str]:
        """Its words, some of everyday business and some of its own trade."""
        everyday = self._random.sample(self._everyday[language], 8)
        return everyday + [self._words[language][self._random.randrange(200, _WORDS // 3)] for _ in range(40)]

    def _some(self, language: str, count: int) -> list[str]:
        return self._random.choices(self._words[language], cum_weights=self._weights, k=count)

    def _passage(self) -> Written:
        language = self._random.choices(list(LANGUAGES), list(LANGUAGES.values()))[0]
        topic = self._random.choice(self._topics[language])
        small = sorted(FUNCTION_WORDS[language])
        own = [topic[min(len(topic) - 1, int(self._random.expovariate(0.12)))] for _ in range(22)]
        heading = [*self._random.sample(own, 3), *self._some(language, self._random.randint(1, 3))]
        body = [*own, *self._some(language, self._random.randint(25, 60)), *self._random.choices(small, k=40)]
        body += [str(self._random.randint(1, 300))] * self._random.randint(0, 2)
        self._random.shuffle(body)
        return Written(language, " ".join(heading).capitalize() + "?", _sentences(body))

    def _question(self, passage: Written) -> str:
        language = passage.language
        in_heading = passage.heading.lower().rstrip("?").split()
        small = FUNCTION_WORDS[language]
        in_text = [word for word in passage.text.lower().replace(".", "").split() if word not in small]
        chosen = self._random.sample(in_heading, min(len(in_heading), self._random.randint(1, 3)))
        chosen += self._random.sample(in_text, self._random.randint(1, 3))
        said = [self._otherwise(word) for word in dict.fromkeys(chosen)]
        said += self._some(language, self._random.randint(0, 2))  # what the passage does not have
        self._random.shuffle(said)
        middle = max(1, len(said) // 2)
        frame = self._random.choice(_FRAMES[language])
        return frame.format(" ".join(said[:middle]), " ".join(said[middle:])).strip() + "?"

    def _otherwise(self, word: str) -> str:
        """As it stands there, as a synonym, or mistyped."""
        chance = self._random.random()
        if chance < 0.3 and word in MEANINGS:
            return self._random.choice(MEANINGS[word].split())
        if chance > 0.95 and len(word) > 5:
            at = self._random.randrange(1, len(word) - 1)
            return word[:at] + word[at + 1 :]
        return word


def _spoken(word: str, language: str) -> bool:
    """Business words have no language in the table: the accents and a spread tell enough."""
    return hash_of(word) % 4 == list(LANGUAGES).index(language) or (language == "en" and word.isascii())


def hash_of(word: str) -> int:
    return sum(ord(letter) * (place + 1) for place, letter in enumerate(word))


def _sentences(words: list[str]) -> str:
    return " ".join(" ".join(words[at : at + 12]).capitalize() + "." for at in range(0, len(words), 12))


def batches(written: list[Written], size: int) -> Iterator[tuple[str, list[Written]]]:
    """Passages of one language together, as sources have them."""
    for language in LANGUAGES:
        of_it = [passage for passage in written if passage.language == language]
        for at in range(0, len(of_it), size):
            yield language, of_it[at : at + size]
