"""What an agent wrote, as it is said on the telephone."""

import time

import pytest

from dynaris.calls.speech.spoken import spoken


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("**Sports massage** costs €69.50.", "Sports massage costs sixty-nine euros fifty."),
        ("It is 1 € or $1,500.", "It is one euro or one thousand, five hundred dollars."),
        ("See [our page](https://demo.example/x?y=1) [1].", "See our page."),
        ("https://www.demo.example/booking?utm=1, now", "demo dot example/booking, now."),
        ("Write to hello@demo.example!", "Write to hello at demo dot example!"),
        ("It takes 60 min. See you.", "It takes sixty minutes. See you."),
        ("Ask for Dr. Smith, e.g. on Mon.", "Ask for doctor Smith, for example on Monday."),
        ("Mon.–Fri. 8:00–18:00", "Monday to Friday eight a m to six p m."),
        (
            "At 14:05 or 2:30 pm on 2026-11-23",
            "At two oh five p m or two thirty p m on November twenty-third twenty twenty-six.",
        ),
        ("10 % off 2-3 days", "ten percent off two to three days."),
        ("Call +49 30 123456.", "Call plus four nine, three zero, one two three four five six."),
        ("Call (555) 010-9999.", "Call five five five, zero one zero, nine nine nine nine."),
        (
            "Room 007, since 1998, 3.5 hours",
            "Room zero zero seven, since nineteen ninety-eight, three point five hours.",
        ),
        ("## Times\n\n- Monday at 10:00\n- Tuesday\n\nWhich one? 😀", "Times. Monday at ten a m. Tuesday. Which one?"),
        ("`A12` is 1/2 of AC/DC & friends", "A12 is 1/2 of AC/DC and friends."),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a b. one two."),
        ("", ""),
        ("😀 --- ***", ""),
    ],
)
def test_english(written: str, said: str) -> None:
    assert spoken(written) == said


@pytest.mark.parametrize(
    ("language", "written", "said"),
    [
        (
            "de",
            "Am 23.11.2026 um 14:30 Uhr, z. B. für 1.500,50 € bzw. ca. 20 %.",
            "Am dreiundzwanzigsten November zweitausendsechsundzwanzig um vierzehn Uhr dreißig, zum Beispiel für "
            "eintausendfünfhundert Euro fünfzig beziehungsweise circa zwanzig Prozent.",
        ),
        ("de", "Mo. 23.11. bei Dr. Müller", "Montag dreiundzwanzigster November bei Doktor Müller."),
        ("de", "9–17 Uhr, 3,5 Std. Danach frei.", "neun bis siebzehn Uhr, drei Komma fünf Stunden. Danach frei."),
        ("fr", "Le 01/12/2026 à 14h30", "Le premier décembre deux mille vingt-six à quatorze heures trente."),
        ("fr", "69,50 € env.", "soixante-neuf euros cinquante environ."),
        ("es", "El 23/11/2026", "El veintitrés de noviembre de dos mil veintiséis."),
        ("es", "a las 14:30 por 20 €", "a las catorce y treinta por veinte euros."),
        ("it", "Il 23/11/2026 alle 14:30", "Il ventitré novembre duemilaventisei alle quattordici e trenta."),
        ("pt", "Às 14:00 por 1 €", "Às catorze horas por um euro."),
        ("nl", "Op 23-11-2026 om 14:30", "Op drieëntwintig november tweeduizendzesentwintig om veertien uur dertig."),
        ("nl", "€ 12,50", "twaalf euro vijftig."),
        ("ja", "**料金**は 50 円", "料金は 50 円."),
    ],
)
def test_other_languages(language: str, written: str, said: str) -> None:
    assert spoken(written, language) == said


@pytest.mark.parametrize(
    "hostile",
    [part * (20_000 // len(part)) for part in ("[", "1,000", "+1 ", "a.", "-", "(", "1-", "http://", "a@", "* ")],
    ids=lambda text: text[:4],
)
def test_no_text_takes_long(hostile: str) -> None:
    began = time.process_time()
    spoken(hostile)
    assert time.process_time() - began < 5
