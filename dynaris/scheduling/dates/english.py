"""English words for days and times."""

# ruff: noqa: E501 - a pattern is read better in one line

from dynaris.scheduling.dates.words import Words, composed, numbered

_NUMBERS = numbered(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
)
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50}
_ONES = {word: number for word, number in _NUMBERS.items() if number < 10}
_ORDINALS = numbered(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty-first twenty-second twenty-third "
    "twenty-fourth twenty-fifth twenty-sixth twenty-seventh twenty-eighth twenty-ninth thirtieth thirty-first"
)
_NAMED = r"(?P<x>noon|midday|midnight)"
_FIVES = {"five": 5, "ten": 10, "quarter": 15, "twenty": 20, "twenty-five": 25, "twenty five": 25}
_SIDES = {"past": 1, "after": 1, "to": -1, "before": -1}
_IN_WORDS = r"half(?: past)?|(?:five|ten|quarter|twenty(?:[ -]five)?)(?: minutes)? (?:past|to)|(?:ten|quarter|twenty) (?:after|before)"
_SHIFT = rf"(?P<q>{_IN_WORDS}|\d\d? past|\d\d? to) "
_AM_PM = r"(?P<p>a\.?m\b\.?|p\.?m\b\.?|in the morning|in the afternoon|in the evening|at night)"
_CANNOT = r"(?:can ?not|can't|cant|couldn't|could not|unable to|won't be able to|am not able to|not able to)"
_NO_TIME = r"(?:st|nd|rd|th)\b|[\d/-]|\.\d| ?(?:%|€|\$|£)| (?:days?|weeks?|months?|years?|people|persons?|minutes?|mins?|sessions?|times|of|euros?|dollars?|more|other|appointments?|or more|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
# What follows "I was" and tells of no past day: a wish, or a day that is named as past.
_WISH = r"(?:to(?! (?:you|the|your|see))|that|because|if|whether|about|would|could|can|may|want|need|like|please|when|wondering|hoping|thinking|looking|planning|going|told|asked|supposed|advised|offered|given|due|booked|scheduled|yesterday|last|previous|ago)"
_WHO = (
    r"(?:i|we|he|she|it|they|you|that|my (?!appointment|booking|slot|session|reservation|table|meeting|time)\w{2,12})"
)
_DID = r"(?:been|came|went|visited|called|rang|phoned|emailed|wrote|texted|spoke|saw (?:you|the|dr|him|her)|met|fell|broke|twisted|injured|sprained|pulled|hurt (?:my|her|his)|cut|burnt|burned|started|began|happened|arrived|bought|ordered|received|picked|dropped|had (?:surgery|an? (?:accident|operation|fall|treatment|massage)))"

WORDS = Words(
    weekdays=(
        r"mondays?|mon\b\.?",
        r"tuesdays?|tues?\b\.?",
        r"wednesdays?|weds?\b\.?",
        r"thursdays?|thu(?:rs?)?\b\.?",
        r"fridays?|fri\b\.?",
        r"saturdays?|(?<=on )sat\b|(?<=or )sat\b|(?<=xt )sat\b|(?<=is )sat\b|sat(?=\.? (?:\d|(?:late |early )?(?:morning|afternoon|evening)))",
        r"sundays?|(?<=on )sun\b|(?<=or )sun\b|(?<=xt )sun\b|(?<=is )sun\b|sun(?=\.? (?:\d|(?:late |early )?(?:morning|afternoon|evening)))",
    ),
    weekday_names=("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    months=(
        r"january|jan\b\.?",
        r"february|feb\b\.?",
        r"march|mar\b\.?",
        r"april|apr\b\.?",
        r"may",
        r"june|jun\b\.?",
        r"july|jul\b\.?",
        r"august|aug\b\.?",
        r"september|sept?\b\.?",
        r"october|oct\b\.?",
        r"november|nov\b\.?",
        r"december|dec\b\.?",
    ),
    numbers=_NUMBERS,
    minutes={
        **{word: number for word, number in _NUMBERS.items() if number >= 10},
        **_TENS,
        **composed("{ten}-{one}", _TENS, _ONES),
        **composed("{ten} {one}", _TENS, _ONES),
        "oh five": 5,
        "o five": 5,
    },
    counts={"a couple of": 2, "couple of": 2, "a few": 3, "few": 3, "several": 4, "an": 1, "a": 1},
    ordinals=_ORDINALS,
    nth={
        "first": 1,
        "second": 2,
        "third": 3,
        "fourth": 4,
        "fifth": 5,
        "1st": 1,
        "2nd": 2,
        "3rd": 3,
        "4th": 4,
        "5th": 5,
        "last": -1,
        "second to last": -2,
    },
    time=rf"(?:{_NAMED}|(?:{_SHIFT})?(?P<h>{{H}})(?:[:.h](?P<m>[0-5]\d)(?!\d)| (?P<m2>{{I}}))?(?: ?(?:o'?clock|hrs?|hours|h))?(?: ?{_AM_PM})?)",
    strict_time=rf"(?:(?P<q>{_IN_WORDS}) (?P<h>{{H}})"
    rf"(?: ?{_AM_PM})?|(?P<h2>{{H}})(?:[:](?P<m>[0-5]\d)(?!\d)(?: ?{_AM_PM.replace('<p>', '<p2>')})?"
    rf"|(?:[.](?P<m2>[0-5]\d)(?!\d))? ?(?:o'?clock(?: ?{_AM_PM.replace('<p>', '<p3>')})?|{_AM_PM.replace('<p>', '<p4>')})"
    rf"|(?<!teen)(?<!enty) (?P<m3>{{I}})(?: ?{_AM_PM.replace('<p>', '<p5>')})?(?!{_NO_TIME})))",
    not_a_time=_NO_TIME,
    shifts={
        "half": 30,
        "half past": 30,
        **{
            f"{word}{minutes} {side}": number * sign
            for word, number in _FIVES.items()
            for minutes in ("", " minutes")
            for side, sign in _SIDES.items()
        },
    },
    named_times={"noon": 720, "midday": 720, "midnight": 1440},
    morning=r"a|in the m",
    parts_of_day=(
        ("first", r"first thing(?: in the morning)?"),
        (
            "early",
            r"early(?: in the)? mornings?|early in the day|as early as possible|(?:very )?early(?= (?:on|tomorrow|{W}))",
        ),
        ("late_morning", r"late(?:r in the)? mornings?"),
        ("morning", r"(?:in the |on the |during the )?mornings?"),
        (
            "noon",
            r"(?:over|at|around|during)(?: the)? lunch(?: ?time| break)?|(?:at |around )?(?:midday|noon)|lunch(?: ?time| ?hour)?",
        ),
        ("early_afternoon", r"early(?: in the)? afternoons?|after lunch"),
        ("late_afternoon", r"late(?:r in the|r)? afternoons?|late in the afternoon"),
        ("afternoon", r"(?:in the |on the |during the )?afternoons?|pm"),
        ("after_work", r"after (?:work|school|office hours)"),
        ("evening", r"(?:in the |on the )?evenings?"),
        (
            "end",
            r"(?:at the )?end of (?:the )?(?:work(?:ing)? |business )?day|close of business|late in the day|as late as possible",
        ),
    ),
    rules=(
        ("ignore", r"(?:good|lovely|nice|great|wonderful) (?:morning|afternoon|evening|day|week|weekend)"),
        (
            "ignore",
            r"(?:have|enjoy) (?:a|an|your|the)(?: (?:very|really|most|nice|good|great|lovely|wonderful|pleasant|relaxing|fantastic|happy|beautiful|rest|of|the)){1,3} (?:day|week|weekend|evening|afternoon|morning|{W})|enjoy (?:your|the) (?:day|week|weekend|evening|afternoon|morning|{W})",
        ),
        (
            "ignore",
            r"(?:last|past|previous) (?:{W}|week|weekend|month|year|night|few days|couple of days|time)(?: (?:morning|afternoon|evening))?",
        ),
        ("ignore", r"(?:the day before )?yesterday(?: (?:morning|afternoon|evening))?"),
        ("ignore", r"{N} (?:days?|weeks?|months?|years?|hours?) ago"),
        ("ignore", r"since (?:{W}|(?:last |this )?\w+)(?: (?:morning|afternoon|evening))?"),
        ("ignore", r"for (?:the (?:last|past) )?{N} (?:days|weeks|months|years|hours|minutes)"),
        ("ignore", r"(?:come|drop|stop|pass|swing)(?:ing)? by"),
        (
            "past",
            rf"{_WHO}(?: (?:was|were)|(?:'ve| have| has)?(?: already| just| first)? {_DID})(?!(?: (?!{{W}})[\w'-]{{1,20}}){{0,8}}? {_WISH}\b)",
        ),
        ("ignore", r"no (?:problem|worries|idea|preference|matter)|not (?:sure|bad|only|yet)"),
        (
            "ignore",
            r"(?:why|can|could|would|will) ?(?:not|n't|'t)? (?:not )?you(?: not)?|why don't (?:we|you)|can't (?:we|you)|couldn't (?:we|you)",
        ),
        (
            "neg",
            rf"not|no|never|without|but not|avoid|{_CANNOT}",
        ),
        ("neg", rf"{_CANNOT} (?:do|make|come|attend|manage|be there|meet)(?: it)?(?: (?:on|at|for))?"),
        (
            "neg_after",
            r"(?:does(?:n't| not)|do(?:n't| not)|doesnt|dont|won't|will not|would ?n't|would not|isn't|is not|are not|aren't|is no)(?: \w+){0,2}? (?:work|suit|good|possible|available|fit|do|convenient|great|option|ideal)",
        ),
        ("except", r"except(?: for)?|excluding|other than|apart from|anything but"),
        (
            "neg_after",
            r"(?:is|are)(?: \w+)? (?:out|impossible|hopeless|no good|bad|full|busy|packed)|not (?:possible|good|available)|(?:i'm|i am|i'll be|i will be|we're|we are|we'll be|we will be)(?: \w+)? (?:not (?:available|free|around|here|in town)|unavailable|busy|away|out|abroad|travell?ing|flying|on (?:holiday|vacation|leave)|at work|working)|(?:i|we) (?:have to |must )?work",
        ),
        ("then_after", r"(?:any ?time |any day |so |from )?(?:after (?:that|then|this)|afterwards?|from then on)"),
        ("then_before", r"(?:any ?time |something )?before (?:that|then)"),
        (
            "or",
            r"(?:or )?(?:if (?:not|(?:that|this|it)(?: is|'s)? (?:not|n't|isn't|doesn't|does not|taken|full|gone)(?: \w+)?)|failing that)(?: then)?",
        ),
        ("or", r"or|alternatively|otherwise|else|and|&|as well as|maybe|perhaps"),
        ("but", r"but|rather|instead"),
        ("prefer", r"preferably|ideally|if possible|preferred|would be best|would be ideal"),
        (
            "any",
            r"(?:any|every|whatever|whichever) ?(?:time|day|date)s?|whenever|all (?:day|week)|i(?:'m| am) (?:flexible|free all)",
        ),
        (
            "asap",
            r"as soon as (?:possible|you can)|asap|(?:the )?(?:earliest|soonest)(?: possible)?(?: (?:appointment|slot|time|date|opportunity|available))?|(?:the )?(?:next|first) (?:available|free|possible)(?: (?:appointment|slot|time|date))?|right away|straight away|urgently|immediately|at your earliest convenience|as quickly as possible|when(?: is|'s) (?:the|your) (?:next|first) (?:available |free )?(?:appointment|slot|opening)",
        ),
        (
            "between",
            r"(?<=day )(?P<ha>\d\d?) ?- ?(?P<hb>\d\d?)(?![\d:./-])|(?<=day, )(?P<ha>\d\d?) ?- ?(?P<hb>\d\d?)(?![\d:./-])",
        ),
        ("at", r"at (?P<h>[01]\d|2[0-3])(?P<m>[0-5]\d)(?!\d)(?: ?h(?:ou)?rs)?"),
        ("between", r"(?:between|from) {A} ?(?:and|to|till|until|-) ?{B}"),
        ("between", r"{a} ?(?:-|to|till|until) ?{b}|(?<![/.:\d])(?P<ha>\d\d?) ?(?:-|to|till|until) ?{b}"),
        (
            "after",
            r"(?:any ?time )?(?:after|from|starting(?: at| from)?|as of|later than|not (?:before|earlier than|until)|no earlier than|at the earliest) (?:at )?{T}(?: (?:onwards?|or later))?",
        ),
        ("after", rf"{_CANNOT}(?: \w+){{0,3}}? before {{T}}"),
        ("after", r"(?:at )?{t},? (?:onwards?|or later|or after|at the earliest)"),
        (
            "before",
            r"(?:any ?time )?(?:before|by|until|till|up to|earlier than|no later than|not (?:after|later than)) {T}",
        ),
        ("before", rf"{_CANNOT}(?: \w+){{0,3}}? after {{T}}"),
        ("before", r"{t},? (?:or earlier|or before|at the latest)"),
        (
            "around",
            r"(?:at )?(?:around|about|approximately|approx\.?|circa|roughly|ca\.?|~) ?(?:at )?{T}|{T} ?-?ish|{t} or so",
        ),
        ("at", r"(?:at|@|say|make it) ?{T}"),
        ("at", r"{t}"),
        ("or_at", r"(?:or|and)(?: at)? {T}"),
        ("today_part:morning", r"this morning"),
        ("today_part:afternoon", r"this afternoon"),
        ("today_part:evening", r"tonight|this evening"),
        ("plus:0", r"today"),
        ("plus:1", r"tomorr?ow|tommorr?ow|tmrw|tomoz"),
        ("plus:2", r"(?:the )?day after tomorr?ow|overmorrow"),
        ("in_weeks:2", r"in (?:about )?a fortnight(?:'?s time)?|a fortnight from (?:now|today)"),
        ("in_days", r"(?:in(?: about)? )?{N} days(?:' time| from (?:now|today)| time)|in(?: about)? {N} days?"),
        ("in_weeks", r"in(?: about)? {N} weeks?(?:'? time)?|{N} weeks? from (?:now|today)"),
        ("in_months", r"in(?: about)? {N} months?(?:'? time)?"),
        ("in_hours", r"in(?: about)? {N} hours?"),
        (
            "week_of",
            r"(?:the |in the )?week (?:of|beginning|starting)(?: the)? (?:{D}(?:st|nd|rd|th)? (?:of )?{M}|{M} (?:the )?{D}(?:st|nd|rd|th)?|{D}(?:st|nd|rd|th))",
        ),
        ("weekday_date", r"{W},? (?:the )?(?P<D>1[3-9]|2\d|3[01])(?!\d|[:.]\d| ?(?:-|uhr|h\b|o'clock|am\b|pm\b|[/]))"),
        ("weekday", r"{W}"),
        ("weekday_range", r"between {V} and {W}"),
        (
            "nth",
            r"(?:(?:on )?the )?{K} {W} (?:(?:in|of) (?:{M}{Y}|(?:the|this|each|every) month)|(?P<next>(?:in |of )?next month))",
        ),
        ("weekday:this", r"this {W}"),
        ("weekday:next", r"(?:next|coming|this coming|following|upcoming) {W}"),
        (
            "weekday:week_after",
            r"{W} (?:week|after next)|the {W} after next|a week (?:on|from) {W}|{W} in a week",
        ),
        ("weekday:two_weeks", r"two weeks (?:on|from) {W}|{W} fortnight"),
        ("week:0", r"(?:(?:later|some ?time|still) )?(?:this|the current|(?:the )?rest of (?:the|this)) week"),
        ("week:1", r"(?:some ?time )?(?:the )?(?:next|coming|following) week"),
        ("week:2", r"(?:the )?week after(?: next)?"),
        ("week_start:1", r"(?:early|(?:the )?beginning of|(?:the )?start of)(?: the)? (?:next|following) week"),
        ("week_middle:1", r"(?:mid|(?:the )?middle of)[ -]?(?:the )?next week"),
        ("week_end:1", r"(?:late|later|(?:towards? )?(?:the )?end of)(?: the)? (?:next|following) week"),
        ("week_end:0", r"(?:late|(?:towards? )?(?:the )?end of)(?: the| this) week"),
        ("weekend:0", r"(?:(?:this|the|on the|at the|over the|on|at) )?week-?ends?"),
        ("weekend:1", r"next week-?end"),
        ("month:0", r"(?:later )?this month"),
        ("month:1", r"(?:some ?time )?next month"),
        ("month_start:0", r"(?:early|(?:the )?beginning of|(?:the )?start of) (?:the|this) month"),
        ("month_start:1", r"(?:early|(?:the )?beginning of|(?:the )?start of) next month"),
        ("month_middle:0", r"(?:mid|(?:the )?middle of)[ -](?:the |this )?month"),
        ("month_middle:1", r"(?:mid|(?:the )?middle of)[ -]next month"),
        ("month_end:0", r"(?:late|(?:towards? )?(?:the )?end of) (?:the|this) month"),
        ("month_end:1", r"(?:late|(?:towards? )?(?:the )?end of) next month"),
        (
            "named_start",
            r"(?:the )?first (?:week|half) (?:of|in) {M}|(?:early(?: in)?|(?:the )?beginning of|(?:the )?start of) {M}",
        ),
        ("named_middle", r"(?:mid|(?:the )?middle of)[ -]{M}"),
        (
            "named_end",
            r"(?:the )?(?:last week|second half) (?:of|in) {M}|(?:late(?: in)?|(?:towards? )?(?:the )?end of) {M}",
        ),
        ("named_month", r"(?:some ?time )?(?:in|during) {M}{Y}"),
        (
            "next_days",
            r"(?:(?:in|within|during|over|for) )?(?:the )?(?:next|coming|following) {N} days|within {N} days?|the (?:next|coming) days",
        ),
        (
            "next_weeks",
            r"(?:(?:in|within|during|over) )?(?:the )?(?:next|coming|following) {N} weeks|within {N} weeks?|within the (?:next|coming)? ?week",
        ),
        ("workdays", r"(?:on )?(?:a )?week ?days?|(?:on )?(?:work(?:ing)?|business) days?|during the week"),
        ("date", r"{D}(?:st|nd|rd|th)? (?:of )?{M}{Y}|{O} of {M}{Y}"),
        ("date", r"{M} (?:the )?{D}(?:st|nd|rd|th)?{Y}(?![:\d])|{M} (?:the )?{O}{Y}"),
        (
            "date_range",
            r"(?:from |between )?(?:the )?{F}(?:st|nd|rd|th)? ?(?:-|to|until|through|and) ?(?:the )?{D}(?:st|nd|rd|th)? (?:of )?{M}{Y}|{M} (?:the )?{F}(?:st|nd|rd|th)? ?(?:-|to|until|through) ?(?:the )?{D}(?:st|nd|rd|th)?{Y}",
        ),
        ("date_list", r"{F}(?:st|nd|rd|th)? or (?:the )?{D}(?:st|nd|rd|th)? (?:of )?{M}{Y}"),
        ("day_of_month", r"{D}(?:st|nd|rd|th)(?! (?:time|visit|appointment|session|floor))"),
        ("mod:from", r"from|starting(?: on)?|beginning|as of"),
        ("mod:until", r"until|till|through|thru|to|by|up to"),
        ("mod:before", r"before|earlier than|prior to"),
        ("mod:after", r"after|later than"),
    ),
)
