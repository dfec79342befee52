"""What strangers wrote stands in our people's mails as text, never as a link."""

import pytest

from dynaris.core.unlinked import unlinked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see https://evil.com/pay?x=1", "see https[:]//evil[.]com/pay?x=1"),
        ("(www.evil.co.uk)", "(www[.]evil[.]co[.]uk)"),
        ("evil.com, soon", "evil[.]com, soon"),
        ("at bücher.example.", "at bücher[.]example."),
        ("evil。com", "evil[.]com"),
        ("ev\u200bil.com", "evil[.]com"),
        ("\u202efdp.eciovni", "fdp[.]eciovni"),
        ("paris.café-of.москва/x", "paris[.]café-of[.]москва/x"),
        ("file://host/share ms-word:ofe|u|https://evil.com", "file[:]//host/share ms-word:ofe|u|https[:]//evil[.]com"),
        (r"\\evil\share", r"\ \ evil\share"),
        ("http://1.2.3.4/x", "http[:]//1.2.3.4/x"),
        ("user:pass@evil.com/x", "user:pass@evil[.]com/x"),
        ("https://user@evil.com", "https[:]//user@evil[.]com"),
        ("aa.bb.cc.dd.ee.ff.gg.hh.ii.evil.com", "aa[.]bb[.]cc[.]dd[.]ee[.]ff[.]gg[.]hh[.]ii[.]evil[.]com"),
    ],
)
def test_no_address_of_the_web_stays_one(text: str, shown: str) -> None:
    assert unlinked(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "ada.lovelace@clinic.example asks: 10.30 or 11.15? It is 3.5 km.",
        "z.B. am Mo., e.g. at 9 a.m.",
        "main:gpt-4.1-mini did not answer. When it answers again, the AI goes on.",
        "/api/model-spending and C:\\files",
    ],
)
def test_prose_stays_as_it_is(text: str) -> None:
    assert unlinked(text) == text
