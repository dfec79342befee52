"""The patterns that are tried only at words with their first letters find what they find when tried everywhere."""

from dynaris.agents.builtin.concerns import _SPOTTER
from dynaris.agents.builtin.plain_words import Spotter, folded
from dynaris.classifier.examples import examples


def test_a_pattern_is_tried_wherever_it_can_begin() -> None:
    spotter = Spotter({"all": r"(?:not )?(?:a|b\w*|cd+e) x", "open": r"\w*end", "short": r"i(?: am)? ill|[xyz]a"})
    assert (
        spotter.found(folded("not a x")) == spotter.found(folded("BOB x")) == spotter.found(folded("cdde x")) == {"all"}
    )
    assert spotter.found(folded("weekend")) == {"open"}
    assert (
        spotter.found(folded("i ill")) == spotter.found(folded("i am ill")) == spotter.found(folded("ya")) == {"short"}
    )
    assert not spotter.found(folded("cx ndx am"))
    assert not spotter.found(folded(""))


def test_it_finds_what_all_patterns_as_one_find() -> None:
    whole = _SPOTTER.patterns()
    for text in [example.text for example in examples()][::20]:
        words = folded(text)
        assert _SPOTTER.found(words) == {name for name, pattern in whole.items() if pattern.search(words)}, text
