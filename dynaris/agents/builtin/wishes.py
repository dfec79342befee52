"""What is said in more ways than a list of phrases holds, as patterns over `intents.plain` text in four languages."""

import re

from dynaris.agents.builtin.intents import plain

_CLAUSE = re.compile(r"[.!?;,:\n]+|\s(?:but|aber|sondern|pero|sino|mais)\s", re.IGNORECASE)


def _any_of(patterns: str) -> re.Pattern[str]:
    joined = re.sub(r"\n\s*(?=\|)", "", patterns.strip())  # a pattern goes on where its next line begins with a bar
    return re.compile(r" (?:" + "|".join(line.strip() for line in joined.splitlines()) + ") ")


WISHES = {
    "stop": _any_of(r"""
        stop (?:\w+ )?(?:writing|messaging|texting|emailing|e mailing|mailing|contacting|calling|sending|spamming)
        (?:don t|dont|do not|never) (?:ever )?contact me(?: \w+){0,2}
        (?:don t|dont|do not|never) (?:\w+ ){0,2}(?:write|text|email|message|call)(?: to)? me (?:again|any ?more|ever)
        (?:don t|dont|do not) want (?:\w+ ){0,3}(?:emails|mails|messages|newsletters?)(?: \w+){0,2}
        no more (?:emails|mails|messages|newsletters)
        (?<=^ )(?:please )?stopp?(?: please)?(?= $)
        unsubscrib\w*
        opt out
        (?:remove|take) me (?:from|off) (?:\w+ ){0,3}list
        leave me alone
        (?:schreib\w*|ruf\w*|kontaktier\w*) (?:sie )?(?:mich|mir) (?:\w+ )?nicht mehr(?: an)?
        nicht mehr (?:\w+ ){0,2}(?:kontaktier\w*|anschreiben|schreiben|anrufen)
        keine (?:\w+ )?(?:mails|e mails|nachrichten|werbung|newsletter)(?: mehr)?
        newsletter (?:\w+ ){0,2}(?:abmelden|abbestellen|kündigen)
        (?:melden|tragen) sie mich (?:\w+ ){0,3}(?:ab|aus)
        (?:lassen sie|lass|lasst) mich in ruhe
        no me (?:escrib|contact|llam|env|mand)\w* (?:más|mas|nunca más)
        dej\w+ de (?:escrib|llam|env|contact|mand)\w+
        (?:dar|den|dé|deme|denme|quiero)\w* (?:\w+ )?de baja
        no quiero (?:recibir )?más (?:mensajes|correos)
        (?:ne )?m (?:écri|contact|appel)\w+ plus
        (?:ne )?me contact\w+ plus
        arrêtez de m(?:e)? (?:\w+ )?(?:écrire|contacter|appeler|envoyer)\w*
        (?:désabonn|désinscri)\w*
        plus recevoir (?:\w+ ){0,2}(?:messages|mails|e mails|newsletters?)
    """),
    "missing": _any_of(r"""
        (?:not|never|haven t|havent|didn t|didnt) (?:\w+ )?(?:receiv\w*|got|gotten|arrived|get) (?:my|any|the|your
        |yet)
        (?:not|never|haven t|havent|didn t|didnt) (?:\w+ )?(?:receiv\w*|got|gotten
        |get) (?:an? )?(?:\w+ )?(?:invoice|receipt|confirmation|answer|reply)
        (?:did|have) you (?:get|got|receive|received|see|seen|read) my
        haben sie mein\w* (?:\w+ ){1,3}(?:erhalten|bekommen|gelesen)
        (?:recibieron|recibió|han recibido) mi
        avez vous (?:bien )?reçu (?:mon|ma|mes)
        (?:not|never|hasn t|hasnt) (?:\w+ )?arrived
        still (?:no|waiting for) (?:\w+ )?(?:invoice|receipt|confirmation|answer|reply|report|letter|code)
        nicht (?:erhalten|bekommen|angekommen|gekriegt)
        (?:noch|bisher|immer noch) keine? (?:\w+ )?(?:rechnung|bestätigung|antwort|quittung|bericht|code|mail)
        no (?:he|hemos|me ha|ha) (?:recibido|llegado)
        no (?:recibí|llegó)
        (?:pas|jamais|rien) (?:encore |toujours )?reçu
    """),
    "praise": _any_of(r"""
        (?:service|massage|treatment|therapy|session|therapist|staff|team|visit
        |everything) (?:was|were|is|are) (?:\w+ )?(?:great|excellent|wonderful|amazing|fantastic|good|lovely|perfect)
        (?:massage|behandlung|therapie|service|sitzung|therapeut\w*|team
        |alles) (?:war\w*|ist|sind) (?:\w+ )?(?:toll|super|großartig|wunderbar|gut|perfekt)
        (?:masaje|tratamiento|servicio|sesión|terapeuta|equipo
        |todo) (?:fue|estuvo|es) (?:\w+ )?(?:genial|excelente|maravillos\w|bueno|buena|estupend\w|perfecto)
        (?:massage|soin|service|séance|thérapeute|équipe
        |tout) (?:était|est) (?:\w+ )?(?:super|excellente?|géniale?|parfaite?|bien|formidable)
    """),
    # What somebody says that they do not want.
    "declined": _any_of(r"""
        (?:don t|dont|do not|no need to) (?:\w+ )?(?:want|need|wish|like|send|transfer|connect|forward|pass|call|ring)
        (?:not looking for|no need for)
        (?:will|möchte|brauche|wollen|möchten|brauchen|suche) (?:\w+ ){0,3}(?:nicht|keine?n?)
        (?:verbinden|rufen) (?:\w+ ){0,3}nicht
        no (?:quiero|queremos|necesito|deseo|busco|me llamen|me llame|me pase|me pasen)
        (?:veux|souhaite|cherche|voudrais|appelez moi|passez moi) pas
        pas besoin
        ne (?:m appelez|me passez|me transférez) pas
    """),
    "bot": _any_of(r"""
        (?:bots?|robots?|chatbots?|roboter|machine|maschine|máquina|program|programm|programa|programme|computer
        |ki|ai|ia)
    """),
    "asks_what_if": _any_of(r"""
        what (?:if|happens)
        was (?:wenn|passiert)
        qué (?:pasa|ocurre) si
        que se passe
        et si
    """),
}


def wishes(name: str, words: str) -> bool:
    return WISHES[name].search(words) is not None


def _clauses(text: str) -> list[str]:
    return _CLAUSE.split(text)


def wants_no_bot(text: str) -> bool:
    return any(WISHES["declined"].search(words) and WISHES["bot"].search(words) for words in map(plain, _clauses(text)))


def without_declined(text: str) -> str:
    """The text without the clauses that say what is not wanted."""
    if not WISHES["declined"].search(plain(text)):
        return text
    return ". ".join(clause for clause in _clauses(text) if not WISHES["declined"].search(plain(clause)))
