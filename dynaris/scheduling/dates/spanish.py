"""Spanish words for days and times."""

# ruff: noqa: E501 - a pattern is read better in one line

from dynaris.scheduling.dates.words import Words, composed, numbered

_NUMBERS = numbered(
    "una dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete dieciocho "
    "diecinueve veinte veintiuna veintidos veintitres veinticuatro"
)
_TENS = {"treinta": 30, "cuarenta": 40, "cincuenta": 50}
_FIVES = {
    "cinco": 5,
    "diez": 10,
    "cuarto": 15,
    "quince": 15,
    "veinte": 20,
    "veinticinco": 25,
    "media": 30,
    **_TENS,
    **{f"{ten} y cinco": number + 5 for ten, number in _TENS.items()},
}
_PM = r"(?P<p>a\.? ?m\b\.?|p\.? ?m\b\.?|de la manana|de la tarde|de la noche|del mediodia)"
_HALF = r"(?P<z>y (?:media|cuarto|pico|cinco|diez|quince|veinte|veinticinco|(?:treinta|cuarenta|cincuenta)(?: y cinco)?)|menos (?:cuarto|cinco|diez|veinte|veinticinco))"
_TO = r"(?P<q>(?:un )?cuarto para|(?:cinco|diez|veinte|veinticinco) para) las? "
_NAMED = r"(?P<x>mediodia|medio dia|medianoche)"
_NEXT = r"(?:proxim[oa]s?|siguientes?)"
_COMES = r"(?:que viene|que entra|proxim[oa]|siguiente)"
_NO_TIME = r"[\d/]|\.\d| ?(?:%|€|\$)| (?:dias?|semanas?|mes(?:es)?|anos?|personas?|minutos?|min|sesion(?:es)?|citas?|veces|euros?|de (?:ene|feb|mar|abr|may|jun|jul|ago|sep|oct|nov|dic|el|los|las|es))"
# What is told of the past; without "llamé" and the like, which folded are a request, too.
_DID = r"(?:estuve|estuvimos|estuvo|fui|fuimos|vine|vinimos|vino|empezo|comenzo|ocurrio|sucedio|me (?:cai|hice|lesione|torci|rompi|atendieron|atendio|operaron)|(?:he|hemos|ha|han) (?:estado|venido|ido|llamado|hablado|empezado|comenzado|tenido|sufrido|comprado|recibido|visitado))"
# What leads up to the day, and makes it one that is wished for or is named as past.
_WISH = r"(?:que|si|porque|para|puedo|podria|quiero|quisiera|pensando|mirando|viendo|pasad[oa]|ayer|hace)"

WORDS = Words(
    weekdays=(
        r"lunes|lun\b\.?",
        r"martes|mar\b\.(?= )",
        r"miercoles|mie\b\.?",
        r"jueves|jue\b\.?",
        r"viernes|vie\b\.?",
        r"sabados?|sab\b\.?",
        r"domingos?|dom\b\.?",
    ),
    weekday_names=("lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo"),
    months=(
        r"enero|ene\b\.?",
        r"febrero|feb\b\.?",
        r"marzo|mar\b\.?",
        r"abril|abr\b\.?",
        r"mayo|may\b\.?",
        r"junio|jun\b\.?",
        r"julio|jul\b\.?",
        r"agosto|ago\b\.?",
        r"sep?tiembre|sept?\b\.?",
        r"octubre|oct\b\.?",
        r"noviembre|nov\b\.?",
        r"diciembre|dic\b\.?",
    ),
    numbers={**_NUMBERS, "un": 1, "uno": 1},
    minutes={
        **{word: number for word, number in _NUMBERS.items() if number >= 10},
        "veinticinco": 25,
        **_TENS,
        **composed("{ten} y {one}", _TENS, {word: number for word, number in _NUMBERS.items() if number < 10}),
    },
    counts={"un par de": 2, "par de": 2, "unos": 3, "unas": 3, "pocos": 3},
    ordinals={
        **_NUMBERS,
        "uno": 1,
        "primero": 1,
        "veintiuno": 21,
        "veinticinco": 25,
        "veintiseis": 26,
        "veintisiete": 27,
        "veintiocho": 28,
        "veintinueve": 29,
        "treinta y uno": 31,
        "treinta": 30,
    },
    nth={
        "primer": 1,
        "segundo": 2,
        "tercer": 3,
        "cuarto": 4,
        "quinto": 5,
        "ultimo": -1,
        "penultimo": -2,
    },
    time=rf"(?:(?:el |del |al )?{_NAMED}(?: {_HALF})?|{_TO}(?P<h>{{H}})|(?:las? )?(?P<h>{{H}})(?:[:.h](?P<m>[0-5]\d)(?!\d))?(?: ?(?:h|hs|hrs|horas))?(?: (?:con )?(?P<m2>{{I}}))?(?: {_HALF})?(?: ?{_PM})?(?: en punto)?)",
    strict_time=rf"(?:las? (?P<h>{{H}})(?:[:.h](?P<m>[0-5]\d)(?!\d))?(?: ?(?:h|hs|hrs|horas))?(?: (?:con )?(?P<m2>{{I}})(?!{_NO_TIME}))?(?: {_HALF})?(?: ?{_PM})?(?: en punto)?|{_TO}(?P<h>{{H}})|(?P<h2>{{H}})(?:[:](?P<m2>[0-5]\d)(?!\d)(?: ?(?:h|hs|hrs|horas))?(?: ?{_PM.replace('<p>', '<p2>')})?|(?:[.](?P<m3>[0-5]\d)(?!\d))? ?(?:h|hs|hrs|horas|{_PM.replace('<p>', '<p3>')})|(?:h(?P<m4>[0-5]\d)(?!\d))| {_HALF.replace('<z>', '<z2>')}(?: {_PM.replace('<p>', '<p4>')})?))",
    not_a_time=_NO_TIME,
    shifts={
        **{f"y {word}": minutes for word, minutes in _FIVES.items()},
        **{f"{side}": -minutes for word, minutes in _FIVES.items() for side in (f"menos {word}", f"{word} para")},
        "un cuarto para": -15,
        "y pico": 10,
    },
    named_times={"mediodia": 720, "medio dia": 720, "medianoche": 1440},
    morning=r"a|de la m",
    parts_of_day=(
        ("first", r"a primera hora(?: de la manana)?|lo primero"),
        ("early", r"temprano(?: por la manana)?|pronto por la manana"),
        ("late_morning", r"a (?:media|ultima hora de la) manana"),
        ("morning", r"(?:por|en|a|de) las? mananas?|(?<=dia )por la manana"),
        ("noon", r"(?:al|a|en el) medio ?dia|a la hora de comer"),
        ("early_afternoon", r"a primera hora de la tarde|despues de comer"),
        ("late_afternoon", r"a ultima hora de la tarde|al final de la tarde"),
        ("afternoon", r"(?:(?:por|en|a|de) las? )?tardes?"),
        ("after_work", r"despues del? (?:trabajo|trabajar|colegio)"),
        ("evening", r"(?:por|en|a|de) las? noches?"),
        ("end", r"a ultima hora(?: del dia)?|al final del dia"),
    ),
    rules=(
        ("ignore", r"buen[oa]?s? (?:dias?|tardes?|noches?|semana|fin de semana)"),
        ("ignore", r"feliz (?:dia|tarde|semana|fin de semana)"),
        (
            "ignore",
            r"(?:el |la )?(?:{W}|semana|mes|ano|fin de semana) pasad[oa]|la ultima vez|(?:el |la )?pasad[oa] (?:{W}|semana|mes)",
        ),
        ("ignore", r"(?:ante)?ayer(?: por la (?:manana|tarde|noche))?|anoche"),
        ("ignore", r"hace {N} (?:dias?|semanas?|mes(?:es)?|anos?|horas?)"),
        ("ignore", r"desde (?:hace {N} \w+|(?:el|la) (?:{W}|\w+) pasad[oa])"),
        ("ignore", r"durante {N} (?:dias?|semanas?|mes(?:es)?)"),
        ("past", rf"{_DID}(?!(?: (?!{{W}})[\w]{{1,20}}){{0,8}}? {_WISH}\b)"),
        ("ignore", r"no (?:hay problema|se|solo|estoy segur[oa]|importa|pasa nada)"),
        ("neg", r"no|nunca|sin|ni|no puedo(?: ir| venir)?|tampoco"),
        ("except", r"excepto|menos|salvo|que no sea"),
        (
            "then_after",
            r"(?:y )?despues(?: de (?:eso|ese dia|esa hora))?(?= (?:cualquier|cuando|si|puedo)|[.,;!?]|$)|a partir de (?:entonces|ahi)",
        ),
        (
            "neg_after",
            r"(?:estoy|estare|estamos)(?: \w+)? (?:de (?:viaje|vacaciones)|trabajando|fuera|ocupad[oa])|trabajo|no (?:estoy|estare)(?: disponible| libre)?|no (?:puedo|podemos|podria|me (?:va|viene) bien|me es posible|es posible|funciona|me va|me viene|trabajo)|(?:es|me es|resulta|esta) complicad[oa]|(?:(?:es|me es|resulta|esta) )?imposible|ni hablar|descartad[oa]|estoy (?:ocupad[oa]|fuera)",
        ),
        (
            "or",
            r"(?:o |y )?si (?:no|esta (?:ocupad[oa]|llen[oa]|cogid[oa]))(?: (?:se puede|puede ser|es posible|hay|queda))?(?: (?:hueco|sitio|cita))?(?: entonces)?|de lo contrario",
        ),
        ("or", r"o|u|y|e|bien|o bien|tambien|quizas?|tal vez|alternativamente"),
        ("but", r"pero|sino|mejor|en cambio"),
        ("prefer", r"preferiblemente|preferentemente|si es posible|a ser posible|de preferencia|idealmente"),
        (
            "any",
            r"cualquier (?:dia|hora|momento|fecha)|cuando (?:sea|quiera[ns]?|pueda[ns]?)|todos los dias|todo el dia|me da igual|toda la semana",
        ),
        (
            "asap",
            r"(?:lo )?(?:antes|mas pronto|mas rapido) posible|cuanto antes|lo antes que (?:pueda[ns]?|sea)|(?:la |el )?(?:primera?|proxima?|primer) (?:cita|hora|hueco|turno|fecha)(?: (?:libre|disponible|posible))?|urgente(?:mente)?|enseguida|inmediatamente|ya mismo|ahora mismo",
        ),
        ("between", r"(?:entre|de|desde) {A} ?(?:y|a|hasta|-) ?{B}"),
        (
            "between",
            r"{a} ?(?:-|a) ?{b}|(?<![/.:\d])(?<!es )(?<!do )(?<!go )(?<!el )(?P<ha>\d\d?) ?(?:-|a(?! las? )) ?{b}",
        ),
        (
            "after",
            r"(?:despues de|a partir de|desde|pasadas|no antes de|mas tarde de|de) (?:sobre )?{T}(?: en adelante)?",
        ),
        ("after", r"(?:a )?{t} (?:o mas tarde|en adelante|o despues)"),
        ("before", r"(?:antes de|hasta|no mas tarde de|como (?:muy tarde|maximo) a|no despues de) {T}"),
        ("before", r"{t} o antes"),
        ("around", r"(?:sobre|hacia|alrededor de|a eso de|aproximadamente a|mas o menos a|cerca de) {T}"),
        ("at", r"a {T}(?<!\ba un)(?<!\ba una)(?<!\ba uno)"),
        ("at", r"{t}"),
        ("or_at", r"(?:o|y)(?: a)? {T}"),
        ("today_part:morning", r"esta manana|hoy por la manana"),
        ("today_part:afternoon", r"esta tarde|hoy por la tarde"),
        ("today_part:evening", r"esta noche|hoy por la noche"),
        ("plus:0", r"hoy(?: mismo)?"),
        ("plus:1", r"(?<!la )manana"),
        ("plus:2", r"pasado manana"),
        ("in_weeks:2", r"(?:dentro de|en) (?:unos )?(?:quince|15) dias|(?:dentro de|en) una quincena"),
        ("in_weeks:1", r"(?:dentro de|en) (?:ocho|8) dias"),
        ("in_days", r"(?:dentro de|en) {N} dias?"),
        ("in_weeks", r"(?:dentro de|en) {N} semanas?"),
        ("in_months", r"(?:dentro de|en) {N} mes(?:es)?"),
        ("in_hours", r"(?:dentro de|en) {N} horas?"),
        ("week_of", r"(?:en )?(?:la )?semana del (?:dia )?{D}(?: de {M})?"),
        ("weekday_date", r"{W},? (?:dia )?{D}(?!\d|[:.h]\d| ?(?:h|hs|hrs|horas|de [a-z])\b)"),
        ("weekday", r"{W}"),
        ("weekday:plural", r"(?:todos )?los {W}"),
        ("weekday_range", r"entre (?:el )?{V} y (?:el )?{W}"),
        (
            "nth",
            rf"(?:(?:el|del|al) )?{{K}} {{W}} (?:(?P<next>del? (?:mes {_COMES}|{_NEXT} mes))|(?:del|de este|de cada) mes|(?:de|del mes de|en) {{M}}{{Y}})",
        ),
        ("weekday:this", r"este (?:mismo )?{W}"),
        ("weekday:next", rf"{{W}} {_COMES}|{_NEXT} {{W}}"),
        (
            "weekday:week_after",
            r"(?:el )?{W} de la (?:otra semana|semana siguiente)|(?:del? )?{W} en ocho(?: dias)?|(?:el )?{W} no,? el (?:otro|siguiente)",
        ),
        ("week:0", r"(?:(?:en|durante) )?(?:lo que queda de |el resto de )?(?:esta|la) (?:misma )?semana"),
        (
            "week:1",
            rf"(?:(?:en|para|durante) )?(?:la |de la )?semana {_COMES}|(?:en |para )?(?:la |de la )?{_NEXT} semana",
        ),
        (
            "week:2",
            r"(?:(?:en|para) )?(?:la |de la )?semana (?:despues de la (?:que viene|proxima)|subsiguiente)|(?:la )?otra semana",
        ),
        ("week_start:1", rf"(?:a )?(?:principios|comienzos|inicios) de la (?:semana {_COMES}|{_NEXT} semana)"),
        ("week_middle:1", rf"a mediados de la (?:semana {_COMES}|{_NEXT} semana)"),
        ("week_end:1", rf"a? ?(?:finales|fines) de la (?:semana {_COMES}|{_NEXT} semana)"),
        ("week_end:0", r"a? ?(?:finales|fines) de (?:esta|la) semana"),
        ("weekend:0", r"(?:(?:el|este|en el|los) )?(?:fin(?:es)? de semana|finde)"),
        ("weekend:1", rf"(?:el )?{_NEXT} fin de semana|(?:el )?fin de semana {_COMES}"),
        ("month:0", r"este mes"),
        ("month:1", rf"(?:el )?mes {_COMES}|(?:el )?{_NEXT} mes"),
        ("month_start:0", r"a? ?(?:principios|comienzos|inicios) de(?:l| este) mes"),
        ("month_start:1", rf"a? ?(?:principios|comienzos|inicios) del? (?:mes {_COMES}|{_NEXT} mes)"),
        ("month_middle:0", r"a mediados de(?:l| este) mes"),
        ("month_middle:1", rf"a mediados del? (?:mes {_COMES}|{_NEXT} mes)"),
        ("month_end:0", r"a? ?(?:finales|fines|fin|final) de(?:l| este)? mes"),
        ("month_end:1", rf"a? ?(?:finales|fines|fin) del? (?:mes {_COMES}|{_NEXT} mes)"),
        ("named_start", r"(?:la )?primera (?:semana|quincena) de {M}|a? ?(?:principios|comienzos|inicios) de {M}"),
        ("named_middle", r"a? ?mediados de {M}"),
        ("named_end", r"(?:la )?(?:ultima semana|segunda quincena) de {M}|a? ?(?:finales|fines) de {M}"),
        ("named_month", r"(?:en|durante) (?:el mes de )?{M}{Y}"),
        ("next_days", rf"(?:(?:en|durante) )?(?:los |estos )?{_NEXT} (?:{{N}} )?dias|(?:los )?{{N}} {_NEXT} dias"),
        ("next_weeks", rf"(?:(?:en|durante) )?(?:las )?{_NEXT} (?:{{N}} )?semanas|(?:las )?{{N}} {_NEXT} semanas"),
        ("workdays", r"(?:entre semana|dias? (?:laborables?|habiles|de semana))"),
        ("date", r"(?:{D}|{O}) (?:de )?{M}(?: del?)?{Y}"),
        ("date_range", r"(?:(?:del|entre el|desde el) )?{F} ?(?:-|al|hasta el|y el|y) ?{D} de {M}{Y}"),
        ("date_list", r"(?:el )?{F} o (?:el )?{D} de {M}{Y}"),
        ("day_of_month", r"(?:el|para el|al|del|hasta el) (?:dia )?{D}(?![\d:/.h])|(?:el )?dia {D}"),
        ("mod:from", r"desde|a partir del?|desde el"),
        ("mod:until", r"hasta|al?|hasta el"),
        ("mod:before", r"antes del?"),
        ("mod:after", r"despues del?"),
    ),
)
