"""What a sentence is about, by the weights that are shipped."""

import pytest

from dynaris.classifier import read, readings
from dynaris.classifier.examples import digest, examples
from dynaris.classifier.features import BUCKETS, MOST, features, words_of
from dynaris.classifier.reading import weights


def test_the_weights_were_learnt_from_these_examples() -> None:
    assert weights().examples == digest(), "the examples changed: run `make classifier`"


def test_every_label_has_examples_in_four_languages() -> None:
    told = {(example.label, example.language) for example in examples()}
    assert told == {(label, language) for label in weights().labels for language in ("en", "de", "es", "fr")}


@pytest.mark.parametrize(
    ("sentence", "label"),
    [
        ("What are your opening hours?", "open"),
        ("Wo kann ich mein Auto lassen?", "parking"),
        ("¿Se puede pagar con tarjeta?", "pay"),
        ("Est-ce que quelqu'un parle anglais ?", "language"),
        ("I want to talk to a real person", "human"),
        ("Bitte sagen Sie meinen Termin am Donnerstag ab", "wants_cancel"),
    ],
)
def test_a_sentence_is_read(sentence: str, label: str) -> None:
    reading = read(sentence)
    assert reading.label == label
    assert 0 < reading.share <= 1
    assert list(reading.shares.values()) == sorted(reading.shares.values(), reverse=True)


def test_each_sentence_of_a_text_is_read_by_itself() -> None:
    told = readings("Hello! I moved here last month. Where can I park my car?\nAnd how can I pay?")
    assert [reading.label for reading in told][-2:] == ["parking", "pay"]


def test_rows_added_as_large_numbers_are_what_they_are_one_by_one() -> None:
    known = weights()
    buckets = features(words_of("Könnte ich am Dienstag nach drei vorbeikommen, oder ist da schon alles voll?"))
    size = len(known.labels)
    assert list(known.sums(buckets)) == [
        sum(known.rows[bucket * size + place] for bucket in buckets) for place in range(size)
    ]


def test_a_text_without_end_has_a_bounded_number_of_signs() -> None:
    found = features(words_of("".join(chr(97 + n % 26) * (n % 7 + 1) + " " for n in range(5_000))))
    assert len(found) <= MOST
    assert max(found) < BUCKETS
