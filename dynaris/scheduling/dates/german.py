"""German words for days and times."""

# ruff: noqa: E501 - a pattern is read better in one line

from dynaris.scheduling.dates.words import Words, composed, numbered

_NUMBERS = numbered(
    "eins zwei drei vier funf sechs sieben acht neun zehn elf zwolf dreizehn vierzehn funfzehn sechzehn siebzehn "
    "achtzehn neunzehn zwanzig einundzwanzig zweiundzwanzig dreiundzwanzig vierundzwanzig"
)
_TENS = {"zwanzig": 20, "dreisig": 30, "vierzig": 40, "funfzig": 50}
_ONES = {"ein": 1, **{word: number for word, number in _NUMBERS.items() if 2 <= number < 10}}
_ORDINALS = numbered(
    "erste zweite dritte vierte funfte sechste siebte achte neunte zehnte elfte zwolfte dreizehnte vierzehnte "
    "funfzehnte sechzehnte siebzehnte achtzehnte neunzehnte zwanzigste einundzwanzigste zweiundzwanzigste "
    "dreiundzwanzigste vierundzwanzigste funfundzwanzigste sechsundzwanzigste siebenundzwanzigste "
    "achtundzwanzigste neunundzwanzigste dreisigste einunddreisigste"
)
_SHIFT = r"(?P<q>halb|viertel nach|viertel vor|dreiviertel|drei viertel|viertel|(?:funf(?:undzwanzig)?|zehn|zwanzig|5|10|20)(?: minuten)? (?:nach|vor)(?: halb)?|kurz nach|kurz vor) "
_FIVES = {"funf": 5, "zehn": 10, "zwanzig": 20, "funfundzwanzig": 25, "5": 5, "10": 10, "20": 20}
_DAY = r"(?P<p>morgens|fruh|vormittags|mittags|nachmittags|abends)"
_NAMED = r"(?P<x>mittags?|mitternacht)"
_NEXT = r"(?:nachste[nrms]?|kommende[nrms]?|folgende[nrms]?)"
_NTH = {"erste": 1, "zweite": 2, "dritte": 3, "vierte": 4, "funfte": 5, "letzte": -1, "vorletzte": -2}
_NO_TIME = r"[\d/]|\.\d|\.? (?:jan|feb|mar|apr|mai|jun|jul|aug|sep|okt|nov|dez)|\.(?= ?(?:$|[^\w]))| ?(?:%|€|\$)| (?:tage?n?|wochen?|monate?n?|jahre?n?|leute|personen|minuten|min|sitzungen?|termine?n?|mal|euro|weitere)"
# Without "waren" and "hatte": folded, "wären" and "hätte" are written so, too.
_WAS = r"(?:(?:ich|wir|er|sie|es|das) (?:war|kam|rief|begann|fing|fiel|sturzte|passierte)|(?:war|kam|rief|begann|fing|fiel|sturzte|passierte) (?:ich|er|sie|es|das|niemand|keiner))"
_HAVE = r"(?:(?:ich|es) (?:hab|habe|hat|bin|ist)|wir (?:haben|sind)|(?:hab|habe|bin) ich|(?:haben|sind) wir)"
_DONE = (
    r"(?:(?:an|auf|aus|ab|ein|vor|vorbei|weg|zu|hin|um|zuruck)?ge(?!gen|dacht|hofft|wunscht|plant|mein|sehen|hort|lesen|legen|nommen|tragen|"
    r"bucht|meldet|sagt|nau|nug|sam|wohn|schaft|sell|burt|biet|ring|wiss)\w{2,15}(?:t|en)|passiert|verletzt|besucht|telefoniert|operiert|behandelt|begonnen)"
)
# What leads up to the day, and makes it one that is wished for or is named as past.
_WISH = r"(?:(?: (?!{W})[\w-]{1,25}){0,8}? (?:dass|ob|wenn|mochte|will|wurde|kann|konnte|gerne?|bitte|fur|angemeldet|eingetragen|letzte\w{0,2}|gestern|vor)\b)"

WORDS = Words(
    weekdays=(
        r"montags?|mo\b\.?",
        r"dienstags?|di\b\.?",
        r"mittwochs?|mi\b\.?",
        r"donnerstags?|do\b\.?",
        r"freitags?|fr\b\.?",
        r"samstags?|sonnabends?|sa\b\.?",
        r"sonntags?|so(?=\.? \d)",
    ),
    weekday_names=("montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag"),
    months=(
        r"januar|janner|jan\b\.?",
        r"februar|feb\b\.?",
        r"marz|maerz|mar\b\.?",
        r"april|apr\b\.?",
        r"mai",
        r"juni|jun\b\.?",
        r"juli|jul\b\.?",
        r"august|aug\b\.?",
        r"september|sept?\b\.?",
        r"oktober|okt\b\.?",
        r"november|nov\b\.?",
        r"dezember|dez\b\.?",
    ),
    numbers={**_NUMBERS, "ein": 1, "fuenf": 5, "zwoelf": 12},
    minutes={
        **{word: number for word, number in _NUMBERS.items() if 10 <= number < 20},
        **_TENS,
        **composed("{one}und{ten}", _TENS, _ONES),
        "funf": 5,
    },
    counts={"einem": 1, "einer": 1, "eine": 1, "ein paar": 3, "paar": 3, "einigen": 4, "zweier": 2},
    ordinals={f"{word}{ending}": number for word, number in _ORDINALS.items() for ending in ("", "n", "r")},
    nth={
        **{f"{word}{ending}": which for word, which in _NTH.items() for ending in ("", *"nrms")},
        **{f"{number}.": number for number in range(1, 6)},
    },
    time=rf"(?:{_NAMED}|(?:{_SHIFT})?(?P<h>{{H}})(?:[:.](?P<m>[0-5]\d)(?!\d))?(?: ?(?:uhr|h)(?: (?:und )?(?:(?P<m2>[0-5]\d)(?!\d)|(?P<m3>{{I}})))?| (?P<m4>{{I}}(?<=zig|sig|ehn)))?(?: {_DAY})?)",
    strict_time=rf"(?:{_SHIFT}(?P<h>{{H}})(?: ?uhr)?(?: {_DAY})?|(?P<h2>{{H}})(?::(?P<m>[0-5]\d)(?!\d)(?: ?(?:uhr|h))?|(?:\.(?P<m2>[0-5]\d)(?!\d))? ?(?:uhr|h)(?: (?P<m3>[0-5]\d)(?!\d)| (?P<m4>{{I}})(?!{_NO_TIME}))?)(?: {_DAY.replace('<p>', '<p2>')})?)",
    not_a_time=_NO_TIME,
    shifts={
        "halb": -30,
        "viertel nach": 15,
        "viertel vor": -15,
        "dreiviertel": -15,
        "drei viertel": -15,
        "viertel": -45,
        "kurz nach": 5,
        "kurz vor": -5,
        **{
            f"{word}{unit} {side}{half}": (minutes if side == "nach" else -minutes) - (30 if half else 0)
            for word, minutes in _FIVES.items()
            for unit in ("", " minuten")
            for side in ("nach", "vor")
            for half in ("", " halb")
        },
    },
    named_times={"mittag": 720, "mittags": 720, "mitternacht": 1440},
    morning=r"morgens|fruh|vormittags",
    parts_of_day=(
        ("first", r"gleich (?:in der fruh|morgens|fruh|am morgen)|als erstes|zu? beginn(?: der offnungszeit(?:en)?)?"),
        (
            "early",
            r"(?:sehr |ganz |moglichst |so )?fruh(?: wie moglich| am (?:tag|morgen))?|in der fruh|(?:am )?fruhen? morgen|fruhmorgens",
        ),
        ("late_morning", r"(?:am )?spate[nr]? vormittags?|kurz vor mittag"),
        (
            "morning",
            r"(?:am |den )?vormittage?[sn]?|vorm\b\.?|(?:am |den )morgen|morgens|(?<=[a-z0-9~]tag )morgen|(?<=woch )morgen",
        ),
        ("noon", r"(?:(?:am|uber|gegen|um die) )?mittags?(?:szeit|spause)?|in der mittagspause"),
        ("early_afternoon", r"(?:am )?fruhe[nr]? nachmittags?|nach dem mittag(?:essen)?"),
        ("late_afternoon", r"(?:am )?spate[nr]? nachmittags?|spatnachmittags?"),
        ("afternoon", r"(?:am |den )?nachmittage?[sn]?|nachm\b\.?"),
        ("after_work", r"nach (?:der arbeit|feierabend|der schule|dienstschluss)"),
        ("evening", r"(?:am |den )?(?:fruhen )?abende?[sn]?"),
        ("end", r"(?:am )?ende des (?:arbeits)?tage?s|kurz vor (?:schluss|feierabend)|so spat wie moglich"),
    ),
    rules=(
        (
            "ignore",
            r"(?:guten?|schonen?|einen schonen) (?:morgen|abend|tag|vormittag|nachmittag|woche|wochenende|feierabend)",
        ),
        ("ignore", r"schone[ns]?(?: \w+)? (?:woche|wochenende|tag|abend|{W})"),
        (
            "ignore",
            r"(?:letzte[nrms]?|vergangene[nrms]?|vorige[nrms]?) (?:{W}|woche|wochenende|monat|jahr|nacht|mal|tage|tagen)",
        ),
        ("ignore", r"(?:vor)?gestern(?: (?:fruh|vormittag|nachmittag|abend|morgen))?"),
        ("ignore", r"vor (?:etwa |ca\.? )?{N} (?:tagen?|wochen?|monate?n?|jahre?n?|stunden?)"),
        ("ignore", r"seit (?:{W}|(?:dem |der |letzte[rmn]? |{N} )?\w+)"),
        ("past", rf"{_WAS}(?!{_WISH})"),
        ("past", rf"{_HAVE}(?!{_WISH})(?=(?: [\w-]{{1,25}}){{0,8}}? {_DONE}\b)"),
        ("ignore", r"kein problem|keine ahnung|nicht (?:sicher|nur|schlecht|so gut|mehr lange)|noch nicht"),
        ("neg", r"nicht|kein(?:e[nrms]?)?|nie|ohne|niemals"),
        ("except", r"ausser|auser|ausgenommen|bis auf"),
        ("then_after", r"(?:erst )?danach|anschliesend|hinterher|ab dann"),
        ("then_before", r"vorher|davor"),
        (
            "neg_after",
            r"(?:geht|passt|klappt|kann|konnte|schaffe|bin|habe)(?: (?:es|ich|wir|mir|uns|da|leider|bei|bei mir|ich leider|aber|es mir|es leider)){0,3} (?:nicht|keine zeit|verhindert|weg|verreist)|ist (?:\w+ )?(?:schlecht|schwierig|unmoglich|ungunstig|voll|belegt)|(?:im|in) urlaub|verreist|unterwegs|verhindert|nicht (?:da|verfugbar)|auf (?:dienst|geschafts)reise|krankgeschrieben|ich (?:muss )?arbeiten?|nicht (?:moglich|gehen|klappen)",
        ),
        (
            "neg",
            r"(?:kann|konnte|schaffe)(?: (?:ich|wir|es|leider|aber|da)){0,3} nicht (?:am|zum)(?= )|kann(?: (?:ich|leider|aber)){0,2} nicht",
        ),
        (
            "or",
            r"(?:oder )?(?:wenn|falls)(?: (?:das|es|der|da))? (?:nicht|belegt|voll|besetzt|weg)(?: (?:geht|klappt|passt|moglich|ist|frei)){0,2}(?: dann)?",
        ),
        ("or", r"oder|od\b\.?|und|&|alternativ|ansonsten|sonst|beziehungsweise|bzw\.?|vielleicht"),
        ("but", r"aber|sondern|lieber|dafur|stattdessen"),
        ("prefer", r"am liebsten|am besten|bevorzugt|vorzugsweise|wenn moglich|idealerweise"),
        (
            "any",
            r"jederzeit|irgendwann|(?:jeder|jeden|jedem) (?:tag|zeit)|egal(?: wann)?|(?:wann auch immer|den ganzen tag|die ganze woche|ganztagig|ganztags)|(?:bin|ich bin) flexibel",
        ),
        (
            "asap",
            r"so (?:bald|schnell|fruh|rasch) (?:wie moglich|(?:wie )?(?:es )?(?:nur )?(?:irgend )?geht)|schnellstmoglich\w*|baldmoglichst\w*|baldigst|umgehend|sofort|dringend|(?:der |den |einen )?(?:nachst(?:e[rn]?|moglich\w*)|fruhest\w*|erste[rn]?) (?:freie[rn]?|mogliche[rn]?|verfugbare[rn]?)? ?termin|moglichst (?:bald|schnell|zeitnah)|zeitnah|asap",
        ),
        (
            "between",
            r"(?<=tag )(?P<ha>\d\d?) ?- ?(?P<hb>\d\d?)(?![\d:./-])|(?<=tag, )(?P<ha>\d\d?) ?- ?(?P<hb>\d\d?)(?![\d:./-])|(?<=woch )(?P<ha>\d\d?) ?- ?(?P<hb>\d\d?)(?![\d:./-])",
        ),
        (
            "at",
            r"(?<=tag )(?P<h>\d\d?)\.(?P<m>[0-5]\d)(?![\d.])|(?<=tag, )(?P<h>\d\d?)\.(?P<m>[0-5]\d)(?![\d.])|(?<=woch )(?P<h>\d\d?)\.(?P<m>[0-5]\d)(?![\d.])",
        ),
        ("between", r"(?:zwischen|von) {A} ?(?:und|bis|-) ?{B}"),
        ("between", r"{a} ?(?:-|bis) ?{b}|(?<![/.:\d])(?P<ha>\d\d?)(?:[.:](?P<ma>[0-5]\d))? ?(?:-|bis) ?{b}"),
        (
            "after",
            r"(?:ab|nach|von|fruhestens(?: um| ab)?|nicht (?:vor|fruher als)|erst (?:ab|nach)) (?:etwa |ca\.? )?{T}(?: an)?",
        ),
        ("after", r"(?:kann|konnte|geht)(?: (?:ich|es|leider|aber|bei|mir)){0,3} (?:nicht vor|erst (?:ab|nach)) {T}"),
        ("after", r"{t} oder spater"),
        ("before", r"(?:vor|bis|spatestens(?: um| bis)?|nicht (?:nach|spater als)|bis spatestens) {T}"),
        ("before", r"{t} oder fruher"),
        (
            "around",
            r"(?:gegen|etwa(?: um)?|ungefahr(?: um)?|ca\.?(?: um)?|circa(?: um)?|um circa|um etwa|um ca\.?|so um|um die|so gegen) {T}(?: (?:rum|herum))?",
        ),
        ("at", r"(?:um|punkt) {T}"),
        ("at", r"{t}"),
        ("or_at", r"(?:oder|und)(?: um)? {T}"),
        ("today_part:morning", r"heute (?:fruh|morgen|vormittag)"),
        ("today_part:afternoon", r"heute nachmittag"),
        ("today_part:evening", r"heute abend"),
        ("plus:0", r"heute(?: noch)?|noch heute"),
        ("plus:1", r"morgen"),
        ("plus:2", r"(?:uber|ueber)morgen"),
        ("in_weeks:2", r"in (?:etwa |ca\.? |ungefahr )?(?:vierzehn|14) tagen"),
        ("in_weeks:1", r"in (?:acht|8) tagen"),
        ("plus:7", r"heute in (?:einer woche|acht tagen|8 tagen)"),
        ("plus:8", r"morgen in (?:einer woche|acht tagen|8 tagen)"),
        ("plus:14", r"heute in (?:14|vierzehn) tagen|heute in zwei wochen"),
        ("in_days", r"in (?:etwa |ca\.? )?{N} tage?n?|{N} tage spater"),
        ("in_weeks", r"(?:in (?:etwa |ca\.? )?)?{N} wochen?(?= (?:ab|von) heute)|in (?:etwa |ca\.? )?{N} wochen?"),
        ("in_months", r"in (?:etwa |ca\.? )?{N} monate?n?"),
        ("in_hours", r"in (?:etwa |ca\.? )?{N} stunden?"),
        ("week_of", r"(?:in )?(?:der |die )?woche (?:vom|um den) {D}\.(?: ?{M})?"),
        (
            "weekday_date",
            r"{W},? (?:(?:den|der|dem) )?(?P<D>\d\d?)\.(?! ?\d)(?! ?(?:jan|feb|mar|apr|mai|jun|jul|aug|sep|okt|nov|dez))",
        ),
        ("weekday", r"{W}"),
        ("weekday_range", r"zwischen {V} und {W}"),
        (
            "nth",
            rf"(?:(?:am|der|den|dem|jeden) )?{{K}} {{W}} (?:(?:im|des)(?: monats?)? {{M}}s?{{Y}}|(?:im|des|dieses|in diesem|jeden) monats?|(?P<next>(?:im |des )?{_NEXT} monats?))",
        ),
        ("weekday:this", r"diese[nrms]? {W}"),
        ("weekday:next", rf"{_NEXT} {{W}}"),
        ("weekday:week_after", r"ubernachste[nrms]? {W}|{W} in einer woche"),
        ("weekday_with:morning", r"{W}(?:vormittag|morgen|fruh)s?"),
        ("weekday_with:noon", r"{W}mittags?"),
        ("weekday_with:afternoon", r"{W}nachmittags?"),
        ("weekday_with:evening", r"{W}abends?"),
        (
            "week:0",
            r"(?:noch |spater |im laufe? )?(?:in )?(?:diese[rs]?|der laufenden) woche(?: noch)?|im laufe der woche",
        ),
        ("week:1", rf"(?:irgendwann |mal |in ){{0,3}}(?:der |die )?{_NEXT} woche"),
        ("week:2", r"(?:in )?(?:der )?ubernachste[nr]? woche|(?:in )?(?:der|die) woche (?:darauf|danach)"),
        ("week_start:1", rf"(?:anfang|zu? beginn|beginn) (?:der )?{_NEXT} woche"),
        ("week_middle:1", rf"mitte (?:der )?{_NEXT} woche"),
        ("week_end:1", rf"(?:gegen )?ende (?:der )?{_NEXT} woche"),
        ("week_end:0", r"(?:gegen )?ende (?:dieser|der) woche"),
        ("weekend:0", r"(?:(?:am|dieses|an diesem|kommendes|am kommenden|an einem) )?wochenendes?"),
        ("weekend:1", r"(?:am )?nachste[nsm]? wochenende"),
        ("month:0", r"(?:noch )?(?:in )?diese[nrms]? monats?"),
        ("month:1", rf"(?:im )?{_NEXT} monats?"),
        ("month_start:0", r"(?:anfang|zu? beginn) (?:des|dieses) monats|am monatsanfang"),
        ("month_start:1", rf"(?:anfang|zu? beginn)(?: des)? {_NEXT} monats"),
        ("month_middle:0", r"mitte (?:des|dieses) monats"),
        ("month_middle:1", rf"mitte(?: des)? {_NEXT} monats"),
        ("month_end:0", r"(?:gegen |zum )?ende (?:des|dieses) monats|(?:am|zum) monatsende|monatsende"),
        ("month_end:1", rf"(?:gegen )?ende(?: des)? {_NEXT} monats"),
        (
            "named_start",
            r"(?:erste[nr]?|in der ersten) (?:woche|halfte) (?:im |des )?{M}s?|erste {M}woche|(?:anfang|beginn) {M}",
        ),
        ("named_middle", r"mitte {M}"),
        (
            "named_end",
            r"(?:letzte[nr]?|zweite[nr]?) (?:woche|halfte) (?:im |des )?{M}s?|letzte[nr]? {M}woche|(?:gegen )?ende {M}",
        ),
        ("named_month", r"(?:irgendwann )?im(?: monat)? {M}{Y}"),
        (
            "next_days",
            rf"(?:(?:in|wahrend|innerhalb) )?(?:den |die |der )?{_NEXT} {{N}} tagen?|innerhalb von {{N}} tagen|(?:in )?(?:den |die )(?:nachsten|kommenden) tagen?",
        ),
        (
            "next_weeks",
            rf"(?:(?:in|innerhalb) )?(?:den |die |der )?{_NEXT} {{N}} wochen|innerhalb (?:von )?{{N}} wochen?|(?:in )?den nachsten wochen",
        ),
        ("workdays", r"(?:an |unter der )?(?:werktags|werktagen|wochentags|werktag|unter der woche)|unter der woche"),
        ("date", r"{D}\.? ?{M}{Y}|{O} {M}{Y}"),
        (
            "date_range",
            r"(?:(?:vom|zwischen(?: dem)?) )?{F}\. ?(?:-|bis(?: zum)?|und) ?(?:dem )?{D}\.(?P<n>1[0-2]|0?[1-9])\.(?:20\d\d)?",
        ),
        ("date_range", r"(?:vom |zwischen (?:dem )?)?{F}\. ?(?:-|bis(?: zum)?|und) ?(?:dem )?{D}\. ?{M}{Y}"),
        ("date_list", r"(?:am )?{F}\. oder (?:am |dem )?{D}\. ?{M}{Y}"),
        ("day_of_month", r"(?:am|den|der|dem|zum) {D}\.(?!\d)|am {O}(?! (?:termin|freien))"),
        ("mod:from", r"ab|ab dem|fruhestens(?: am)?"),
        ("mod:until", r"bis|bis zum|(?:bis )?spatestens(?: am)?"),
        ("mod:before", r"vor|vor dem"),
        ("mod:after", r"nach|nach dem"),
    ),
)
