"""Replies, quotes and signatures are told apart, and nothing that a person wrote is lost."""

import time

import pytest

from dynaris.channels.email.html import to_text
from dynaris.channels.email.quotes import split, split_quotes

ATTRIBUTIONS = [
    "On Mon, 5 Jan 2026 at 10:12, Joe Doe <joe@example.com> wrote:",
    "On Monday, January 5, 2026 at 4:55 PM, joe wrote:",
    "On 12/23/24 10:29, Hannes Rüger wrote:",
    "Am 05.01.2026 um 10:12 schrieb Joe Doe:",
    "Am Mo., 5. Jan. 2026 um 10:12 Uhr schrieb Joe Doe <joe@example.com>:",
    "Le lun. 5 janv. 2026 à 10:12, Joe Doe <joe@example.com> a écrit :",
    "Le 05/01/2026 à 10:12, Joe Doe a écrit :",
    "El lun, 5 ene 2026 a las 10:12, Joe Doe (<joe@example.com>) escribió:",
    "El 05/01/2026 a las 10:12, Joe Doe escribió:",
    "Il giorno lun 5 gen 2026 alle ore 10:12 Joe Doe <joe@example.com> ha scritto:",
    "Il 05/01/2026 10:12, Joe Doe ha scritto:",
    "Em seg., 5 de jan. de 2026 às 10:12, Joe Doe <joe@example.com> escreveu:",
    "Em 05/01/2026 10:12, Joe Doe escreveu:",
    "Op ma 5 jan 2026 om 10:12 schreef Joe Doe <joe@example.com>:",
    "Op 05-01-2026 om 10:12 schreef Joe Doe:",
    "ma 5. tammik. 2026 klo 10.12 Joe Doe (joe@example.com) kirjoitti:",
    "Joe Doe kirjoitti 5.1.2026 klo 10.12:",
    "пн, 5 янв. 2026 г. в 10:12, Joe Doe <joe@example.com>:",
    "05.01.2026 10:12, Joe Doe пишет:",
    "Den mån 5 jan. 2026 kl 10:12 skrev Joe Doe <joe@example.com>:",
    "Den 2026-01-05 kl. 10:12, skrev Joe Doe:",
    "Den man. 5. jan. 2026 kl. 10.12 skrev Joe Doe <joe@example.com>:",
    "man. 5. jan. 2026 kl. 10:12 skrev Joe Doe <joe@example.com>:",
    "pon., 5 sty 2026 o 10:12 Joe Doe <joe@example.com> napisał(a):",
    "W dniu 05.01.2026 o 10:12, Joe Doe pisze:",
]
OUTLOOK_FIELDS = [
    ("From", "Sent", "To", "Subject"),
    ("Von", "Gesendet", "An", "Betreff"),
    ("De", "Envoyé", "À", "Objet"),
    ("De", "Enviado el", "Para", "Asunto"),
    ("Da", "Inviato", "A", "Oggetto"),
    ("De", "Enviada em", "Para", "Assunto"),
    ("Van", "Verzonden", "Aan", "Onderwerp"),
    ("Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe"),
    ("От", "Отправлено", "Кому", "Тема"),
    ("Från", "Skickat", "Till", "Ämne"),
    ("Fra", "Sendt", "Til", "Emne"),
    ("Od", "Wysłano", "Do", "Temat"),
]
SENT_FROM = [
    "Sent from my iPhone",
    "Get Outlook for iOS<https://aka.ms/o0ukef>",
    "Von meinem iPhone gesendet",
    "Envoyé de mon iPhone",
    "Enviado desde mi iPhone",
    "Inviato da iPhone",
    "Enviado do meu iPhone",
    "Verstuurd vanaf mijn iPhone",
    "Lähetetty iPhonesta",
    "Отправлено с iPhone",
    "Skickat från min iPhone",
    "Sendt fra min iPhone",
    "Wysłane z iPhone'a",
]


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
@pytest.mark.parametrize("quote", ["> Earlier words", "Earlier words"])
def test_reply_ends_where_another_mail_is_introduced(attribution: str, quote: str) -> None:
    found = split(f"Yes, Thursday is fine.\n\n{attribution}\n\n{quote}\n")
    assert found.text == "Yes, Thursday is fine."
    assert found.quoted is not None
    assert found.quoted.startswith(attribution)
    assert found.quoted.endswith(quote)


@pytest.mark.parametrize("fields", OUTLOOK_FIELDS, ids=lambda fields: fields[0])
@pytest.mark.parametrize("style", ["{}: {}", "*{}:* {}", "{} : {}"])
def test_reply_ends_at_a_block_of_header_fields(fields: tuple[str, ...], style: str) -> None:
    values = ("Joe <joe@example.com>", "5. 1. 2026 10:12", "Ann", "Prices")
    block = "\n".join(style.format(*pair) for pair in zip(fields, values, strict=True))
    found = split(f"Yes, please.\n\n________________________________\n{block}\n\nEarlier words")
    assert found.text == "Yes, please."
    assert "Earlier words" in str(found.quoted)


@pytest.mark.parametrize("line", SENT_FROM)
def test_line_of_a_device_is_no_content(line: str) -> None:
    found = split(f"Yes, please.\n\n{line}\n\nOn 1/5/26 10:12, Joe wrote:\n> Hi")
    assert (found.text, found.signature) == ("Yes, please.", line)


def test_attribution_wrapped_over_lines_is_found() -> None:
    text = "Fine.\n\nOn Mon, Aug 26, 2019 at 4:37 PM The Hiring Engine <\na-long-address@example.com>\nwrote:\n\n> Hi"
    assert split(text).text == "Fine."


def test_thunderbird_quote_with_a_virus_scanners_footer_is_split_off() -> None:
    text = (
        "This is a new reply\n\nOn 12/23/24 at 10:29 Hannes Rüger wrote:\n>\n> Hallo Peter,\n>\n> some text\n>\n"
        "> Best regards\n>\n> Hannes\n> \n\n-- \nThis e-mail has been scanned for viruses by an antivirus."
    )
    found = split(text)
    assert found.text == "This is a new reply"
    assert "Hallo Peter" in str(found.quoted)
    assert "scanned for viruses" in str(found.signature)


def test_answer_below_the_quote_is_the_text() -> None:
    found = split("On 12/23/24 10:29, Hannes wrote:\n> When?\n> Where?\n\nOn Friday, at noon.\n")
    assert found.text == "On Friday, at noon."


def test_answers_between_quoted_lines_are_all_kept() -> None:
    found = split("On 12/23/24 10:29, Joe wrote:\n> When?\nFriday.\n> Where?\nHere.\n")
    assert found.text == "Friday.\nHere."
    assert "> When?" in str(found.quoted)


CONTENT = [
    "Try adding these addresses:\n\nlampa@vision.example <mailto:lampa@vision.example>\n\ngabor@vision.example\n\n"
    "office@vision.example <mailto:office@vision.example>",
    "Here they are:-\n\nVisa\n\nDiane K Littlechurch\n\n4011 3000 1333 7555\n\n06/17\n\nCheers Kaye",
    "I move house.\n\nFrom: Oslo\nTo: Bergen\nDate: 5 May\n\nWhat does it cost?",
    "On the other hand, she wrote: never again.\n\nPlease advise.",
    "On Thursday:\n\nwe meet at 10:30 and go on.",
    "We need:\n- three doors\n- two windows\n-- and one gate\nThanks",
    "I am >50 and my wife too.\n>50% discount, is that right?",
    "With regards to the invoice:\nplease send it again.\n\nBest regards,\nJohn",
    "Sent from my desk, is much easier than my mobile phone.\nSecond line.",
    "Our meeting at 10:30 on 2026-01-05:\n\nwho comes?",
    "Date: 5 May\nTime: 10:00\nPlease confirm.",
]


@pytest.mark.parametrize("text", CONTENT)
def test_content_that_looks_like_a_signature_or_a_quote_stays(text: str) -> None:
    assert split(text).text == text


def test_long_block_below_a_signature_delimiter_stays() -> None:
    text = "Intro\n--\n" + "\n".join(f"Point {number} of what I want to know" for number in range(30))
    assert split(text).text == text


def test_signature_is_kept_beside_the_text() -> None:
    found = split("When do you open?\n\n-- \nJoe\n+47 555\n\nOn 1/5/26 10:12, Ann wrote:\n> Hi")
    assert (found.text, found.signature) == ("When do you open?", "-- \nJoe\n+47 555")
    assert found.rest == "-- \nJoe\n+47 555\n\nOn 1/5/26 10:12, Ann wrote:\n> Hi"


def test_footer_of_a_mailing_list_is_no_content() -> None:
    text = "Does it work?\n\n_______________________________________________\nx mailing list\nx@lists.example.org"
    assert split(text).text == "Does it work?"


FORWARDS = [
    "---------- Forwarded message ---------\nFrom: Joe <joe@example.com>\nDate: Mon\nSubject: x\nTo: Ann\n\nHelp me",
    "Begin forwarded message:\n\nFrom: Joe <joe@example.com>\nSubject: x\nTo: Ann\n\nHelp me",
    "-------- Weitergeleitete Nachricht --------\nBetreff: x\nVon: Joe <joe@example.com>\n\nHelp me",
]


@pytest.mark.parametrize("forward", FORWARDS)
def test_forwarded_mail_is_content(forward: str) -> None:
    assert split(f"Please see below.\n\n{forward}").text == f"Please see below.\n\n{forward}"


def test_mail_forwarded_by_outlook_is_content_when_the_subject_says_so() -> None:
    text = "See below.\n\nFrom: Joe <joe@example.com>\nSent: Monday\nTo: Ann\nSubject: x\n\nHelp me"
    assert split(text, forwarded=True).text == text
    assert split(text).text == "See below."


def test_mail_of_nothing_but_a_quote_is_shown_whole() -> None:
    text = "On 1/5/26 10:12, Joe wrote:\n> Hi"
    assert (split(text).text, split(text).quoted) == (text, None)


HTML_QUOTES = {
    "gmail": '<div>Yes.</div><div class="gmail_quote"><div dir="ltr" class="gmail_attr">Sekmadienį Joe:<br></div>'
    '<blockquote class="gmail_quote">Old</blockquote></div>',
    "apple": '<div>Yes.</div><div><br><blockquote type="cite"><div>Den 5. jan. 2026 skrev Joe:</div><div>Old</div>'
    "</blockquote></div>",
    "thunderbird": '<p>Yes.</p><div class="moz-cite-prefix">2026. 01. 05. Joe:<br></div>'
    '<blockquote type="cite" cite="mid:x">Old</blockquote>',
    "outlook desktop": '<p>Yes.</p><div style="border:none;border-top:solid #E1E1E1 1.0pt"><p><b>Avsender:</b> Joe'
    "</p></div><p>Old</p>",
    "outlook web": '<div>Yes.</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>Gönderen:</b> Joe</div>'
    "<div>Old</div>",
    "yahoo": '<div>Yes.</div><div id="yahoo_quoted_1" class="yahoo_quoted"><div>Joe pise:</div><div>Old</div></div>',
    "proton": '<div>Yes.</div><div class="protonmail_quote">Joe:<blockquote type="cite">Old</blockquote></div>',
    "mail.ru": "<p>Yes.</p>Thu, 26 Jun 2014 14:00:51 +0400 от Joe &lt;joe@example.com&gt;:<br>"
    '<blockquote style="border-left:1px solid #0857A6;">Old</blockquote>',
    "yandex": "<p>Yes.<br /><br />26.06.2014, 14:41, &quot;Joe&quot; &lt;joe@example.com&gt;:</p>"
    "<blockquote>Old</blockquote>",
}


@pytest.mark.parametrize("mailer", HTML_QUOTES)
def test_quotes_in_html_are_found_whatever_their_language(mailer: str) -> None:
    found = split(to_text(f"<html><body>{HTML_QUOTES[mailer]}</body></html>"))
    assert found.text == "Yes."
    assert "Old" in str(found.quoted)


def test_indented_paragraph_in_html_is_content() -> None:
    html = (
        '<p>I wrote:</p><blockquote style="margin:0 0 0 40px;border:none;padding:0px">my order number is 5</blockquote>'
    )
    assert "my order number is 5" in split(to_text(html)).text


HOSTILE = [
    "On ",
    "On 12:00 a@b\n",
    "> ",
    "From: a@b\nTo: ",
    "-",
    "_" * 40 + "\n",
    "-- \n",
    "wrote:\n",
    "a@",
    "Sent from my ",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_megabyte_of_anything_is_split_quickly(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    started = time.process_time()
    split(text)
    assert time.process_time() - started < 3


def test_nothing_is_lost_between_text_and_quote() -> None:
    text = "A\n\nOn 1/5/26 10:12, Joe wrote:\n> B\n> C\n\nD\n> E\nF"
    reply, quoted = split_quotes(text)
    kept = [line for line in f"{reply}\n{quoted}".split("\n") if line]
    assert sorted(kept) == sorted(line for line in text.split("\n") if line)
