"""How mailers of many languages announce a quoted mail, a forwarded one and the device it was sent from."""

import re

_WROTE = (
    r"wrote|writes|said|schrieb(?:en)?|a écrit|ha escrito|escribió|escribi[oó]|ha scritto|scrive|scritto|escreveu|"
    r"schreef|geschreven|kirjoitti|skrev|skreiv|написал(?:а|и|\(а\))?|пишет|пише|писал(?:а)?|napisał(?:a|\(a\))?|pisze|"
    r"napsal(?:a|\(a\))?|napísal(?:a|\(a\))?|írta|yazdı|a scris|έγραψε|написа|напис|va escriure|"
    r"schrijf|scríobh|rašė|escriu"
)
_OPENERS = (
    r"on|am|le|el|il|op|em|no dia|na|in data|il giorno|den|w dniu|dnia|fra|från|von|dne|den|ons|i|a|"
    r"at|der|die|vào|пре|у"
)
_DAYS_AND_MONTHS = (
    r"mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so|lun|mar|mer|jeu|ven|sam|dim|mié|jue|vie|sáb|dom|gio|sab|"
    r"seg|ter|qua|qui|sex|ma|wo|vr|za|zo|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag|ti|ke|to|pe|la|su|"
    r"пн|вт|ср|чт|пт|сб|вс|нд|mån|tis|tors?|fre|lör|sön|man|tirs?|ons|lør|søn|pon|wt|śr|czw|pt|sob|niedz|"
    r"jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
)
# Cheap test of a line's beginning before any joining is tried: an opener, a weekday, a figure or dashes.
MAY_OPEN = re.compile(
    rf"""[\s*"'>]{{0,6}}(?:-{{2,10}}\s?)?
        (?:(?:{_OPENERS.replace(" ", "[ ]")})\b|(?:{_DAYS_AND_MONTHS})\w{{0,12}}[.,]?[\s,]
        |\d{{1,4}}[-./:\s]|<?[\w.+-]{{1,64}}@)""",
    re.IGNORECASE | re.VERBOSE,
)
_WHEN = re.compile(r"\b(?:19|20)\d\d\b|\b\d{1,2}[:.h]\d{2}\b|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b")
_DATE = re.compile(r"\b(?:19|20)\d\d\b|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b")
_TIME = re.compile(r"\b\d{1,2}[:.]\d{2}\b(?![./]\d)")
_ADDRESS = re.compile(r"[^\s<>@]{1,64}@[^\s<>@]{1,253}")
_ENDS_WITH_WROTE = re.compile(rf"(?:\b|>)(?:{_WROTE})(?:\s?\([\w.]{{1,5}}\))?\s?[:：]?[\s*]*\Z", re.IGNORECASE)
_HAS_WROTE = re.compile(rf"\b(?:{_WROTE})\b", re.IGNORECASE)
_FRAMED = re.compile(rf"-{{2,10}}\s.{{0,400}}\b(?:{_WROTE})\s-{{2,10}}\Z", re.IGNORECASE)
_QUOTE_ON_THE_SAME_LINE = re.compile(r">:\s{1,4}>\s")


def names_writer(line: str, *, before_quote: bool) -> bool:
    """ "Joe wrote on that day at that time:", which needs both, unless marked lines follow."""
    if len(line) > 300 or not line.rstrip().endswith((":", "：")) or not _HAS_WROTE.search(line):
        return False
    return before_quote or (_DATE.search(line) is not None and _TIME.search(line) is not None)


def is_attribution(line: str, *, before_quote: bool) -> bool:
    """Whether this one line (wrapping undone) introduces a quoted mail, in whatever language.

    A date or time with an address and a colon at the end is one anywhere; the verb "wrote" needs a date or
    time too, unless marked lines follow.
    """
    line = line.strip(" \t\xa0*_")
    if _FRAMED.match(line):
        return True
    dated = _WHEN.search(line) is not None
    if (inline := _QUOTE_ON_THE_SAME_LINE.search(line)) and dated:
        line = line[: inline.start() + 2]
    if not line.endswith((":", "：")):
        return (dated or before_quote) and before_quote and _ENDS_WITH_WROTE.search(line[-60:]) is not None
    if dated and _ADDRESS.search(line):
        return True
    if not (dated or before_quote):
        return False
    return _HAS_WROTE.search(line) is not None


_FROM = (
    r"From|Von|De|Da|Desde|Van|Fra|Från|Lähettäjä|От|От кого|Od|Mittente|Remitente|Expéditeur|Afzender|Kimden|Feladó"
)
_SENT = (
    r"Sent|Date|Gesendet(?: am)?|Datum|Envoyé(?: le)?|Enviad[oa](?: el| em)?|Fecha|Data|Inviato|Verzonden(?: op)?|"
    r"Sendt|Dato|Skickat|Lähetetty|Päivämäärä|Päiväys|Отправлено|Дата|Wysłano|Wysłane|Odesláno|Gönderilen|Elküldve"
)
_TO = (
    r"To|An|À|A|Para|Per|Aan|Til|Till|Vastaanottaja|Kenelle|Кому|Do|Kopia|Cc|Kopie|Komu|Pour|Destinatario|Kime|Címzett"
)
_SUBJECT = r"Subject|Betreff|Objet|Asunto|Oggetto|Onderwerp|Assunto|Emne|Ämne|Aihe|Тема|Temat|Předmět|Konu|Tárgy"
_FIELD_START, _FIELD_END = r"[\s>*_\xa0]{0,12}", r"[\s\xa0]{0,3}[*_]{0,2}[:：][\s*_]{0,4}"
FROM_FIELD = re.compile(rf"{_FIELD_START}(?:{_FROM}){_FIELD_END}\S", re.IGNORECASE)
OTHER_FIELD = re.compile(
    rf"{_FIELD_START}(?:(?P<subject>{_SUBJECT})|(?P<sent>{_SENT})|(?P<to>{_TO})){_FIELD_END}", re.IGNORECASE
)

_ORIGINAL = (
    r"original message|original appointment|originalnachricht|ursprüngliche nachricht|ursprüngliche mail|"
    r"message d['’]origine|message original|courriel original|message initial|"
    r"mensaje original|messaggio originale|oorspronkelijk bericht|"
    r"origineel bericht|mensagem original|alkuperäinen viesti|исходное сообщение|оригинальное сообщение|"
    r"ursprungligt meddelande|oprindelig meddelelse|oprindelig besked|opprinnelig melding|original besked|"
    r"wiadomość oryginalna|oryginalna wiadomość|původní zpráva|eredeti üzenet|özgün ileti"
)
ORIGINAL_MARK = re.compile(rf"[\s*>]{{0,6}}[-_]{{2,40}}\s{{0,3}}(?:{_ORIGINAL})\b[^\n]{{0,80}}\Z", re.IGNORECASE)
REPLY_ABOVE = re.compile(
    r"[\s>]{0,4}[-#=*_\[]{1,20}\s{0,3}[^\n]{0,60}\b(?:above this line|oberhalb dieser (?:zeile|linie)|"
    r"au-dessus de cette ligne|encima de esta línea|sopra questa (?:riga|linea)|"
    r"boven deze (?:regel|lijn)|acima desta linha)\b",
    re.IGNORECASE,
)

_FORWARDED = (
    r"forwarded message|begin forwarded message|weitergeleitete nachricht|anfang der weitergeleiteten nachricht|"
    r"message transféré|début du message (?:transféré|réexpédié)|mensaje reenviado|inicio del mensaje reenviado|"
    r"messaggio inoltrato|inizio messaggio inoltrato|doorgestuurd bericht|begin doorgestuurd bericht|"
    r"mensagem (?:encaminhada|reencaminhada)|início da mensagem (?:encaminhada|reencaminhada)|välitetty viesti|"
    r"edelleenlähetetty viesti|пересланное сообщение|пересылаемое сообщение|начало переадресованного сообщения|"
    r"vidarebefordrat (?:meddelande|mejl)|videresendt (?:besked|meddelelse|melding)|"
    r"(?:wiadomość przekazana|przekazana wiadomość|treść przekazanej wiadomości)"
)
FORWARD_MARK = re.compile(
    rf"[\s*]{{0,6}}[-_]{{0,40}}\s{{0,3}}(?:{_FORWARDED})\s{{0,3}}:?[\s*_-]{{0,44}}\Z", re.IGNORECASE
)

_DEVICE = r"[^\n.,;!?]{1,60}"
SENT_FROM = re.compile(
    rf"""[*_]{{0,2}}(?:
        sent\sfrom\s(?:my\s|outlook|yahoo|mail\sfor|gmail|proton|samsung|an?\s){_DEVICE}|sent\svia\s{_DEVICE}
        |sent\sfrom\s(?:outlook|gmail|mail)|sent\swith\s(?:proton|tutanota|sparrow|airmail|spark){_DEVICE}
        |(?:get|download)\soutlook\sfor\s.{{1,120}}|sent\sfrom\soutlook.{{0,120}}
        |von\smeinem?\s{_DEVICE}(?:gesendet|geschickt)|gesendet\s(?:von|mit)\s.{{1,120}}
        |diese\snachricht\swurde\svon\smeine[mr]\s.{{1,100}}gesendet
        |envoyé\s(?:de|depuis|à\spartir\sde|avec)\s.{{1,120}}|télécharge[rz]\soutlook\s.{{1,120}}
        |enviado\s(?:desde|do|da|a\spartir\sdo|de)\s(?:mi|meu|minha|outlook|iphone|yahoo|correo|samsung).{{0,120}}
        |obtener\soutlook\spara\s.{{1,120}}|obter\so?\s?outlook\spara\s.{{1,120}}
        |inviato\sda(?:l|lla)?\s.{{1,120}}|(?:scarica|ottieni)\soutlook\sper\s.{{1,120}}
        |(?:verstuurd|verzonden)\s(?:vanaf|met|via|vanuit)\s.{{1,120}}|outlook\svoor\s.{{1,60}}downloaden
        |lähetetty\s{_DEVICE}|hae\soutlook\s.{{1,120}}
        |отправлено\s(?:с|из|со)\s.{{1,120}}
        |skickat\sfrån\s.{{1,120}}|(?:hämta|skaffa)\soutlook\sför\s.{{1,120}}
        |sendt\s(?:fra|via)\s.{{1,120}}|(?:hent|få|last\sned)\soutlook\s(?:for|til)\s.{{1,120}}
        |wysłan[eoya]\s(?:z|za\spomocą)\s.{{1,120}}|pobierz\soutlook\s.{{1,120}}
    )(?:<[^<>\s]{{1,200}}>)?[\s*_.]{{0,4}}\Z""",
    re.IGNORECASE | re.VERBOSE,
)
