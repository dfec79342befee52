"""Whether somebody seems to be in danger, told by how people say so in English, German, Spanish and French.

Two lists: what is an emergency however it is put, and what is one unless it is denied, long past, or what somebody
asks the business about. Texts are compared in lower case and without accents, since who is in danger types neither.
In doubt it is one: the answer says "if anyone is in danger", and a person reads it.
"""

import re
import unicodedata
from functools import lru_cache

_CLAUSE = re.compile(r"[.!?;,:\n()]+|\s(?:but|and|aber|und|pero|y|mais|et)\s")
_BETWEEN = re.compile(r"[\W_]+")
_KIN = r"(?:he|she|father|dad|mother|mom|mum|husband|wife|baby|child|son|daughter|grandm\w+|grandf\w+|friend)"
_KIN_DE = r"(?:er|sie|es|kind|vater|mutter|frau|mann|baby|sohn|tochter|oma|opa|patient\w*)"
_POISON = (
    r"(?:bleach|poison|pills?|tablets|batter(?:y|ies)|detergent|chemicals?|cleaner|acid|magnets?|medication|medicine"
    r"|bleiche|bleichmittel|gift\w*|putzmittel|\w*reiniger|tabletten|batterie\w*|saure|waschmittel"
    r"|lejia|cloro|veneno|pastillas|pilas?|detergente"
    r"|javel|poison|medicaments|piles?|produit \w+|lessive)"
)

_ALWAYS = rf"""
(?:can ?(?:no|t)\w*|cannot|could not|couldn t|unable to|not|isn t|isnt|stopped|trouble|difficulty|hard to
|hardly|barely|struggl\w+ (?:to|for)|short(?:ness)? of)(?: able to)? (?:breath|breeth|breth|brea?the?ing)\w*
(?:doesn t|does not|doesnt|don t) (?:breathe?|wake up)\b
(?:can ?t|cannot|can not|cant) (?:feel|move) (?:my|his|her) (?:legs?|face|body)\b
(?:doesn t|does not|don t|dont|do not) (?:want|wanna)(?: to)? (?:live|be alive|exist)\b
(?:want|going|gonna|wish) (?:to )?(?:die|kill|hurt|harm)(?: my| him| her)?(?:self)?\b(?! time)
(?:won t|wont|not|doesn t|isn t) wak(?:e|ing) up
(?:been|got|was) (?:stabbed|shot|run over|hit by a car)
au secours
socorro\b
sos\b
kill(?:ing)? (?:my|him|her)self
end (?:my|his|her) (?:own )?life
suicid\w*
throat \w{{0,3}} ?(?:swell|swoll|clos)\w*
swell\w* (?:of |in )?(?:my |the |his |her )?(?:throat|tongue)
(?:won t|wont|not|can ?t|cannot) stop (?:the )?(?:bleed\w*|blood)
(?:swallow|swollow|drank|ate|ingest)\w* (?:\w+ ){{0,3}}{_POISON}\b
too many (?:pills|tablets|painkillers)
(?:can ?t|cannot|can not|cant) wake (?:him|her|my)\b
{_KIN} (?:is |s )?(?:not|isn t|isnt) (?:responding|waking up|conscious)
chest (?:\w+ ){{0,3}}arm\w* (?:\w+ ){{0,2}}numb
chest (?:hurts?|pains?|tight\w*|pressure|aches?) .*numb
\w*(?:atmet|atmen)\w* (?:\w+ ){{0,2}}(?:nicht|kaum|schwer)\b
nicht (?:\w+ ){{0,2}}atmen
(?:keine|kaum) luft
{_KIN_DE} (?:\w+ )?reagiert nicht
nicht (?:mehr )?(?:weiter)?(?:leben|weiterleben)\b
will (?:\w+ ){{0,2}}sterben
(?:mich|sich) (?:\w+ )?umbringen
bring\w* mich um
suizid\w*
{_POISON} (?:\w+ ){{0,2}}(?:verschluckt|geschluckt|getrunken)
zu viele tabletten
(?:verschluckt|geschluckt|getrunken) (?:\w+ ){{0,3}}{_POISON}\b
(?:spur\w*|fuhl\w*) (?:meine|die) beine nicht
(?:hals|zunge) schwillt
no (?:\w+ ){{0,2}}respira\w*
(?:me|se) (?:esta |estoy )?(?:ahog|asfixi)\w+
no quiero (?:\w+ ){{0,2}}(?:vivir|viviendo)\b
quiero (?:morir\w*|matarme)
(?:no|ni) siento (?:las|mis) piernas
demasiadas pastillas
(?:trago|tragado|bebio|bebido|ingirio|ingerido) (?:\w+ ){{0,3}}{_POISON}\b
garganta (?:\w+ ){{0,3}}(?:hincha|cierra)\w*
(?:hincha|cierra)\w* la garganta
(?:ne )?respir\w+ (?:plus|pas|mal)\b
(?:pas|plus|mal) (?:a )?respirer
etouff\w+
plus (?:envie de )?vivre
veux mourir
me (?:tuer|suicider)
sen[st]\w* plus (?:mes|ses) jambes
trop de (?:medicaments|cachets|comprimes)
(?:avale|bu|ingere) (?:\w+ ){{0,4}}{_POISON}\b
gorge (?:\w+ ){{0,2}}(?:gonfl|enfl)\w*
"""

_UNLESS = r"""
emerg[ea]nc(?:y|ia)\b(?! (?:number|contact|exit|appointment|department|services?|care|room|line|phone|slot|doctor|cita))
notfall\b
urgencia\b
urgence\b
chest (?:\w+ )?(?:hurt|pain|tight|pressure|ach)\w*
pains? in (?:my|his|her|the) chest
heart at+ac?k\w*
cardiac arrest
(?:wet|soiled|peed|wetting) (?:my|him|her)self
(?:lost|losing|no) control (?:of|over) (?:my |his |her )?(?:bladder|bowels?|legs?)
(?:face|mouth) (?:\w+ ){0,3}(?:droop\w*|hang(?:s|ing)|crooked)
(?:eingenasst|in die hose gemacht)
(?:gesicht|mundwinkel|mund) (?:\w+ ){0,2}(?:hangt|hangen|schief)
(?:me he|se ha) (?:orinado|meado) encima
(?:(?:cara|boca) (?:\w+ ){0,2}(?:caida|torcida)|caido (?:\w+ ){0,2}(?:cara|boca))
(?:urine|fait pipi) (?:sur|dessus)
(?:visage|bouche) (?:\w+ ){0,3}(?:tombe|tombant\w*|paralyse\w*|de travers)
stroke\b(?! (?:patient|rehab|therap|survivor|treatment|victim|program|physio)\w*)
un ?con?s?c?i?ous\w*
(?:passed|passing) out
faint(?:ed|ing|s)
col+aps\w*
overdos\w*
unresponsive
(?:bleeding|bleeds)\b
lot of blood
(?:s[ei]+zures?|convulsions?|convulsing)\b
chok(?:ing|es|ed)\b
anaphyla\w*
allergic (?:reaction|shock)
ambulance
(?:high|very high|4[0-3]\b(?: \w+){0,4}|39\b(?: \w+){0,4}) fever
fever (?:\w+ ){0,3}(?:39|4[0-3])\b
(?:hit|hits|banged) (?:my|his|her) head
fell (?:\w+ ){0,4}(?:can ?t|cannot|not) (?:get|stand) up
poisoned\b
(?:broke|broken|fractured) (?:my|his|her) (?:\w+ )?(?:hip|leg|arm|neck|back|ankle|wrist|skull|spine)\b
(?:gestu?rzt|hingefallen|gefallen) .*nicht (?:mehr )?(?:bewegen|aufstehen)
(?:bein|arm|hufte|genick) gebrochen
me (?:he|ha) roto (?:la|el)
(?:casse|fracture) (?:la|le|une) (?:jambe|bras|hanche|cheville)
brustschmerz\w*
(?:schmerz\w*|druck|stiche) (?:in|auf) (?:der|meiner) brust
brust (?:tut|schmerzt)
herzinfarkt\b
herzstillstand
schlaganfall\b
atemnot
bewusstlos\w*
ohnmachtig\w*
zusammengebrochen
kollabiert
uberdosis
(?:blutet|blute|verblutet)\b
(?:starke|schwere) blutung\w*
krampf(?:anfall|anfalle|anfallen|t)\b
erstick\w*
vergift\w*
allergische\w* (?:reaktion|schock)
krankenwagen
(?:rettungswagen|notarzt)
(?:hohes?|4[0-3]\b(?: \w+){0,3}|39\b(?: \w+){0,3}) fieber
fieber (?:\w+ ){0,3}(?:39|4[0-3])\b
(?:dolor|dolores|presion) (?:en el|de|del) pecho
duele (?:\w+ )?el pecho
inconsciente
desmay\w*
(?:perdio|perdido) (?:el conocimiento|la conciencia)
sobredosis
infarto
ataque (?:al corazon|cardiaco)
derrame cerebral
(?:sangra|sangrando)\b
convulsion\w*
reaccion alergica
se (?:ha )?(?:desplom|colaps)\w*
ambulancia
fiebre (?:muy )?alta
fiebre (?:\w+ ){0,3}(?:39|4[0-3])\b
(?:39|4[0-3]) (?:\w+ ){0,3}fiebre
envenen\w*
(?:douleurs?|mal) (?:a|dans) la poitrine
inconscient\w*
evanoui\w*
perdu connaissance
surdose
infarctus
crise cardiaque
avc\b(?! (?:therap|reeduc)\w*)
s est effondre\w*
saigne\b
reaction allergique
empoisonn\w*
(?:forte|grosse|39\b(?: \w+){0,3}|4[0-3]\b(?: \w+){0,3}) fievre
fievre (?:\w+ ){0,3}(?:39|4[0-3])\b
"""

# What stands before a topic and takes the danger out of it.
_DENIED = (
    r"(?:\b(?:no|not|isn t|isnt|never|without|kein\w*|nicht|nie|ohne|ni|sin|pas|sans|jamais|don t|dont|doesn t"
    r"|in an|in case of(?: an)?|for an?|im|fur den|bei einem|en caso de|numero de|telefono de|con|de|en cas d|numero d"
    r"|service d|en|d|after|post|nach|seit|since|tras|despues de|apres)(?: \w+){0,2} )$"
)
_BEFORE = 100  # characters before a topic that are looked at
_LONG_AGO = re.compile(
    r"\b(?:(?:year|month|week|day)s? ago|last (?:year|month|week|summer|winter|spring|autumn)|history of|recover\w*"
    r"|(?:in|seit|desde|depuis|en|since) (?:19|20)\d\d|rehab\w*|used to"
    r"|vor (?:\w+ )?(?:jahr|monat|woche|tag)\w*|letzte[sn]? (?:jahr|monat|woche)|reha"
    r"|hace (?:\w+ )?(?:anos?|mes\w*|semanas?|dias?)|el ano pasado|rehabilitacion"
    r"|il y a (?:\w+ )?(?:ans?|mois|semaines?|jours?)|l an dernier|reeducation)\b"
)
_ASKED = re.compile(
    r" (?:(?:hi|hello|hallo|hola|bonjour) )?(?:do|does|are|is|can|could|what|which|how|where|when|who|would|will|have"
    r"|behandel\w*|haben|hat|sind|ist|was|wie|welche\w*|wo|wann|wer|kann|konnen|gibt|bieten|nehmen"
    r"|tratan|tienen|hay|atienden|que|cual|donde|cuando|como|puede\w*|ofrecen|estan"
    r"|traitez|avez|est ce|y a t|quel\w*|ou|quand|comment|pouvez|proposez|etes)\b"
)
_SOMEBODY = re.compile(
    r"\b(?:i am|i m|im|i have|i ve|i think|my|he|she|his|her|ich|mein\w*|er|mi|su|estoy|tengo|yo|mon|ma|je|j ai)\b"
)


def _any_of(patterns: str) -> re.Pattern[str]:
    joined = re.sub(r"\n\|", "|", patterns.strip())  # a pattern goes on where its next line begins with a bar
    return re.compile(r"\b(?:" + "|".join(joined.split("\n")) + ")")


_DANGER = _any_of(_ALWAYS)
_TOPIC = _any_of(_UNLESS)
_NOT_NOW = re.compile(_DENIED)


@lru_cache(maxsize=128)  # routing and answering look at the same text
def is_emergency(text: str) -> bool:
    folded = _folded(text)
    whole = _BETWEEN.sub(" ", folded)
    if _DANGER.search(whole):
        return True
    if _LONG_AGO.search(whole) or not _TOPIC.search(whole):
        return False
    return any(_is_acute(f" {_BETWEEN.sub(' ', clause).strip()} ") for clause in _CLAUSE.split(folded))


def speaks_of_danger(text: str) -> bool:
    """In words that are known here, be it only to deny it."""
    return _TOPIC.search(_BETWEEN.sub(" ", _folded(text))) is not None


def _folded(text: str) -> str:
    lowered = text.lower()
    if lowered.isascii():
        return lowered
    return "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c))


def _is_acute(clause: str) -> bool:
    if _ASKED.match(clause) and not _SOMEBODY.search(clause):
        return False
    befores = (clause[max(0, topic.start() - _BEFORE) : topic.start()] for topic in _TOPIC.finditer(clause))
    return any(not _NOT_NOW.search(before) for before in befores)
