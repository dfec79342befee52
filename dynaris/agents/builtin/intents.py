"""What a message is for, told by words and phrases in English, German, Spanish and French; data, not code.

An entry matches whole words; one that ends in `*` matches words that begin so.
"""

import re
from functools import cache


def word_set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_BETWEEN = re.compile(r"[\W_]+")
_SHORTEST_WISH = 3  # words

_LEXICON = {
    "bot": """are you a bot|are you a robot|are you human|are you real|are you an ai|is this a bot|am i talking to a
        |am i speaking to a|are you a person|are you chatgpt|is this automated|who are you|what are you
        |bist du ein bot|sind sie ein bot|ein roboter|bist du ein mensch|sind sie ein mensch|eine ki|eine maschine
        |wer bist du|wer sind sie
        |eres un bot|es usted un bot|eres un robot|es un robot|eres humano|eres una persona|quién eres
        |es tu un robot|êtes vous un robot|un robot|êtes vous humain|êtes vous une vraie|qui êtes vous|es tu humain""",
    "thanks": """many thanks|best thanks|thanks so much|herzlichen dank|lieben dank|tausend dank|danke schön|danke dir
        |dank ihnen|muchísimas gracias|muy amable|grand merci|mille mercis|mille merci|merci bien
        |thank you|thanks|thank u|thx|ty|cheers|much appreciated|great help|that helps|perfect|great
        |danke|vielen dank|dankeschön|besten dank|super|perfekt
        |gracias|muchas gracias|mil gracias|perfecto|genial
        |merci|merci beaucoup|parfait|super""",
    "goodbye": """see you tomorrow|see you soon|see you next week|have a good one|schönes wochenende|schönen abend
        |bis morgen|hasta mañana|buen fin de semana|bonne soirée|bon week end|à demain
        |bye|goodbye|good bye|see you|have a nice day|have a good day|that s all|that is all|nothing else
        |no that s it|take care
        |tschüss|auf wiedersehen|schönen tag|bis dann|das war s|das wäre alles|bis bald
        |adiós|adios|hasta luego|hasta pronto|eso es todo|buen día
        |au revoir|bonne journée|à bientôt|c est tout""",
    "greeting": """hello|hi|hey|good morning|good afternoon|good evening|hiya|howdy|greetings
        |hallo|guten tag|guten morgen|guten abend|moin|servus|grüß gott
        |hola|buenos días|buenos dias|buenas tardes|buenas noches|buenas
        |bonjour|bonsoir|salut|coucou""",
    "help": """help|help me|please help|i need help|can you help me|i have a question|one question
        |hilfe|ich brauche hilfe|können sie mir helfen|ich habe eine frage
        |ayuda|ayúdenme|ayúdeme|necesito ayuda|tengo una pregunta
        |aide|aidez moi|besoin d aide|j ai une question""",
    "wellbeing": """how are you|how are you doing|how are things|how do you do|how is it going|how s it going
        |how is your day|how are you feeling|nice to meet you
        |wie geht es ihnen|wie geht s|wie geht s ihnen|wie geht es dir|wie gehts
        |cómo está|cómo estás|cómo están|como estas|como está|qué tal|que tal
        |comment allez vous|comment ça va|comment vas tu|ça va""",
    "yes": """yes|yes please|yeah|yep|sure|ok|okay|please do|that would be great|of course
        |ja|ja bitte|ja gerne|gerne|klar|natürlich
        |sí|si|sí por favor|claro|por favor|vale
        |oui|oui s il vous plaît|oui merci|d accord|bien sûr|volontiers""",
    "no": """no|nope|not really|no it doesn t|no it does not|not at all|nein|nicht wirklich|leider nicht|leider nein
        |no realmente|para nada|non|pas vraiment|pas du tout""",
    "research": """compare|comparison|difference between|find out|look into|research|investigat*|in detail|report on
        |explain the difference|evaluate|pros and cons|according to
        |vergleich*|unterschied zwischen|herausfinden|recherch*|ausführlich*|vor und nachteile
        |comparar|comparación|diferencia entre|averiguar|investigar|en detalle
        |compar*|différence entre|rechercher|renseigner sur|en détail|avantages et inconvénients""",
    "urgent": """urgent*|asap|as soon as possible|immediately|right away|right now|emergency|by today|until today
        |dringend*|sofort|so schnell wie möglich|umgehend|noch heute|eilt|notfall
        |urgente*|cuanto antes|inmediatamente|lo antes posible|ahora mismo|emergencia
        |urgent*|au plus vite|immédiatement|tout de suite|dès que possible|urgence""",
}


def _phrases(entries: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for entry in " ".join(entries.split()).split("|"):
        words = entry.strip()
        found[f" {words.rstrip('* ')}" if words.endswith("*") else f" {words} "] = None
    return tuple(found)


LEXICON = {intent: _phrases(entries) for intent, entries in _LEXICON.items()}


def plain(text: str) -> str:
    """Lower case, words separated by single blanks, a blank at both ends: what `means` looks through."""
    return f" {_BETWEEN.sub(' ', text.lower()).strip()} "


def is_title(sentence: str) -> bool:
    """A word or two that ask nothing: a mail's subject, a service by its name."""
    return "?" not in sentence and len(sentence.split()) < _SHORTEST_WISH


def means(intent: str, words: str) -> bool:
    return any(map(words.__contains__, LEXICON[intent]))


def is_only(intents: tuple[str, ...], words: str) -> bool:
    """Nothing is left of the text but these intents' phrases and a few words that go with them."""
    if len(words) > 120 or not any(means(intent, words) for intent in intents):
        return False
    for phrase in _longest_first(intents):
        words = words.replace(phrase, " ")
    return all(word in _GOES_ALONG for word in words.split())


@cache
def _longest_first(intents: tuple[str, ...]) -> tuple[str, ...]:
    phrases = [phrase for intent in intents for phrase in LEXICON[intent] if phrase.endswith(" ")]
    return tuple(sorted(phrases, key=len, reverse=True))


_GOES_ALONG = word_set("""
    wonderful awesome amazing brilliant lovely excellent fantastic super appreciated appreciate then best wishes regards
    kind warm many much really for getting back
    perfekt toll prima wunderbar schön vielen lieben besten herzlichen ganz wirklich auch grüße gruß liebe viele beste
    freundlichen mit lg vg mfg ihnen euch dir
    perfecto genial estupendo estupenda fantástico excelente vale muchas muchísimas un una saludo saludos cordiales
    parfait génial excellent formidable grand bien mille cordialement salutations
    so very much a lot for your the help again all you and ok okay then now just fine good
    great perfect nice cool really indeed that is was it to there everyone team dear sir madam
    sehr für ihre die hilfe schnelle antwort und dann gut alles klar liebes team ihnen einen noch
    por su la ayuda todo y bien de acuerdo muy amable usted mucho
    pour votre aide beaucoup et bien tout à vous très gentil bonne
    information answer quick reply response respuesta réponse auskunft helped helpful useful explanation clear today
    doing explaining info hat geholfen mir sehr hilfreich heute me útil ayudado ha hoy m a das ça aidé utile aujourd hui
    please bitte por favor
""")
