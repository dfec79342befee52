"""How people ask for what only a person may settle, as patterns over `plain_words.folded` text in four languages."""

# ruff: noqa: E501 - a pattern is read better in one line

PERSON = r"""
    (?:whoever|someone who|somebody who|the person who) (?:decides|can decide|is in charge|is responsible)
    (?:speak|talk|chat|speaking|talking|connect(?:ed)?|transfer(?:red)?|forward(?:ed)?|switch|escalate|put|pass(?:ed)?
    |get|reach|contact|want|need|prefer|like)(?: (?!english|german|spanish|french)\w+){0,4} (?:humans?|real people|(?:real|actual
    |live|physical) (?:person|agent|human)|person|manager|supervisor|operator|representative|owner|boss
    |receptionist|living soul|member of (?:staff|your team|the team)|someone from (?:your|the)|somebody from (?:your|the))
    (?:speak|talk|chat|speaking|talking)(?: \w+)? (?:to|with) (?:some ?one|some ?body|any ?one|an? (?:doctor|therapist|colleague
    |employee|agent|adviser|advisor|specialist|expert)|the (?:doctor|therapist|team|staff|physio\w*)|your (?:team|staff|colleagues?))
    (?:is|are)(?: there)? (?:any ?one|any ?body|some ?one|some ?body|a human|humans?)(?: \w+){0,3} (?:there|here|available|real|human
    |alive|i can (?:talk|speak)\w*|to (?:talk|speak)\w*)
    real (?:person|human|people|humans)
    (?:any|no) humans?
    (?:can|could|would|will|may|please have|have) (?:some ?one|some ?body|any ?one)(?: \w+){0,4} (?:contact|write|get back|get in touch|reply|answer me|respond|look into|come back to)
    human (?:being|agent|please|support|help|assistance|contact|now)
    (?:no|any|these|stupid|dumb|useless|hate) (?:more )?(?:chat)?(?:bots?|robots?|machines?)
    nicht (?:\w+ ){0,2}(?:bot|chatbot|roboter|maschine|ki|computer)
    not (?:\w+ ){0,2}(?:an? |another |this )(?:chat)?(?:bot|robot|machine|computer|ai|program)
    (?:mit|an|zu) (?:\w+ ){0,3}(?:mensch\w*|person|mitarbeiter\w*|jemand\w*|kolleg\w+|chef\w*|inhaber\w*|leiter\w*|leitung
    |vorgesetzt\w*|arzt|arztin|therapeut\w*|verantwortlich\w*|zustandig\w*|geschaftsfuhr\w*) (?:\w+ ){0,4}(?:sprechen|reden|verbind\w*
    |verbunden|chatten|telefonieren|klaren|unterhalten|wenden|weiterleiten)
    (?:sprechen|reden|verbinde\w*|verbunden|rede|spreche)(?: \w+){0,4} (?:mensch\w*|mitarbeiter\w*|echten|chef\w*|jemandem|vorgesetzt\w*)
    (?:echte\w*|richtige\w*|lebendige\w*|reale\w*|wirkliche\w*) (?:mensch\w*|person\w*|mitarbeiter\w*)
    (?:ist|gibt es|sitzt|arbeitet)(?: \w+){0,3} (?:ein mensch|jemand echt\w*|irgendwer|menschen|jemand da)
    (?:kein\w*|bloder|dummer|scheiss) (?:chat)?(?:bots?|roboter|maschine|computer|ki|automat\w*)
    menschlich\w* (?:ansprechpartner\w*|hilfe|mitarbeiter\w*|unterstutzung|kontakt|wesen)
    (?:kann|konnte|soll|sollte) (?:sich )?(?:bitte )?(?:mal )?(?:jemand|ein mitarbeiter|eine mitarbeiterin)(?: \w+){0,5} (?:melden|antworten
    |helfen|kummern|zuruckmelden)
    (?:(?:hablar|comunicar\w*|conect\w+|pas(?:ar|arme|ame|eme|enme|adme)|contactar|chatear|transfer\w+|poner\w*|atiend\w+|atend\w+)(?: \w+){0,4}
    |(?:prefiero|quiero|necesito)(?: \w+){0,2}) (?:persona|humano|alguien|agente|encargad\w+|responsable|jefe|jefa|gerente|director\w*|duen[oa]
    |empleado|empleada|companer\w+|asesor\w*|operador\w*|supervisor\w*)
    (?:persona|humano|alguien) (?:real|de verdad|de carne y hueso|humano|fisica)
    (?:no|ni) (?:quiero )?(?:hablar )?(?:con )?(?:un |una |mas )?(?:robots?|bots?|maquinas?)
    atencion humana
    hay (?:alguien|algun humano|alguna persona)(?: \w+){0,3}
    (?:parler|discuter|echanger|passer|passez|joindre|transfer\w+|mettez|connect\w+|dialoguer|avoir|contacter)(?: \w+){0,4} (?:humain\w*|quelqu un
    |conseill\w+|responsable|direct(?:eur|rice|ion)|gerant\w*|patron\w*|employe\w*|superieur\w*|operateur|vraie personne|une personne)
    (?:vraie|vrai|vrais|reelle?) (?:personne|humain|conseiller|interlocuteur|gens)
    (?:pas|plus|assez)(?: \w+){0,3} (?:robots?|bots?|machines?|chatbots?)
    etre humain
    (?:y a t il|il y a|est ce qu il y a) (?:quelqu un|un humain|une personne)
    (?:un|interlocuteur) humain
"""

INJURY = r"""
    (?:slipped|tripped|fell|injured|hurt|burn(?:ed|t)|cut)(?: \w+){0,6} (?:your|in the|at the|on the) (?:\w+ )?(?:stairs?|floor|premises|entrance
    |clinic|practice|shop|store|hotel|lobby|car park|garage|lift|pool|shower|bathroom|building|property|restaurant|parking\w*|machine|treatment)
    (?:accident|injury|injured|injuries)(?: \w+){0,5} (?:your|at the|in the|on the|during|you)
    (?:you|your \w+|they|he|she)(?: \w+){0,2} (?:hurt|injured|burn(?:ed|t)|damaged|scratched|ruined|broke|destroyed) (?:my|our|me|the)
    (?:car|phone|bike|jacket|clothes|coat|luggage|suitcase|property|floor|wall)(?: \w+){0,3} (?:damaged|scratched|stolen|ruined|broken into)
    (?:was|were|been|got) (?:stolen|robbed|assaulted|bitten)(?: \w+){0,5} (?:your|here|locker\w*|changing room|waiting room)
    (?:ausgerutscht|gesturzt|hingefallen|gestolpert|verletzt|verbrannt|verbruht)(?: \w+){0,8} (?:ihr\w*|ihnen|euch|eur\w*|der praxis|im treppenhaus|treppe)
    (?:ihr\w*|ihnen|euch|eur\w*|der praxis|im treppenhaus|auf der treppe)(?: \w+){0,8} (?:ausgerutscht|gesturzt|hingefallen|gestolpert|verletzt)
    (?:unfall|verletzung)(?: \w+){0,4} (?:ihr\w*|ihnen|euch|bei der|wahrend)
    (?:beschadigt|zerkratzt|kaputt gemacht|gestohlen|geklaut|ruiniert|zerstort)
    (?:resbal\w+|cai|caido|tropec\w*|lesion\w+|quem\w+|herid[oa])(?: \w+){0,6} (?:su|sus|vuestr\w+|la entrada|la escalera|las escaleras|el suelo|la clinica|el local
    |el hotel|la tienda|la sesion|el tratamiento)
    (?:accidente)(?: \w+){0,5} (?:su|sus|la clinica|el local|la tienda|el hotel|vuestr\w+)
    me (?:\w+ )?(?:han|habeis|ha|hicieron|hizo) (?:\w+ )?(?:dano|danado|roto|rayado|robado|lesionado|quemado)
    (?:glisse|tombee?(?! par hasard)|trebuche|blessee?|brulee?)(?: \w+){0,8} (?:vos|votre|chez vous|l entree|l escalier|les escaliers|le cabinet|la seance|le soin)
    (?:accident|blessure)(?: \w+){0,5} (?:vos|votre|chez vous|cabinet|seance)
    (?:abime|casse|endommage|raye|vole)e? (?:ma|mon|mes|notre|la|le|chez)
    (?:m avez|m a|m ont|avez)(?: \w+)? (?:blessee?|fait mal|brulee?|casse|abime|endommage|vole)
"""

LEGAL = r"""
    lawyers?
    attorneys?
    solicitors?
    legal (?:action|steps|advice|department|matters?|proceedings|claim|counsel|represent\w+|team|consequences)
    legally
    su(?:e|ing) (?:you|them|your|the)
    lawsuit
    (?:in|to|before) court
    small claims
    prosecut\w*
    (?:consumer|trading) (?:protection|rights|standards|association|council|agency|advice)
    ombuds\w+
    (?:call|go to|going to|inform|contact|to|by) the police
    police (?:report|officer|station)
    (?:will|ll|going to|have to|to) report you
    press charges
    cease and desist
    (?:are|is|held|hold you) liable
    liability
    (?:malpractice|negligen\w+|breach of contract|subpoena)
    compensat\w+
    (?:pay|claim|sue) (?:\w+ ){0,3}damages
    (?:rechts)?anw(?:alt|alte|altin|altlich\w*|alts\w*)
    rechtsanw\w*
    rechtlich\w* (?:schritte|mittel|konsequenzen|vorgehen|vorgehe)
    (?:juristisch|gerichtlich)\w*
    klage (?:einreichen|erheben)
    verklag\w*
    (?:vor|zum|ans|beim) (?:amts)?gericht
    (?:straf)?anzeige (?:erstatten|erstattet|bei|gegen)
    (?:zur|der|die) polizei
    schmerzensgeld
    schadens?ersatz\w*
    haft(?:en|et|bar|ung|ungs\w*|pflicht\w*)
    verbraucher(?:schutz\w*|zentrale)
    (?:schlichtungsstelle|arztekammer|handwerkskammer)
    (?:behandlungsfehler|kunstfehler|mahnbescheid|abmahn\w*)
    (?:letzte|eine) frist
    abogad[oa]s?
    demandar\w*
    (?:una )?demanda(?: judicial| contra)?
    denunci\w+
    (?:tribunal\w*|juzgado\w*|juicio)
    (?:acciones|medidas|via|vias) (?:legal\w*|judicial\w*)
    (?:oficina|organizacion|asociacion|proteccion) (?:\w+ )?(?:de consumo|del consumidor|de consumidores)
    (?:a|la) policia
    indemniza\w*
    (?:mala praxis|negligencia|danos y perjuicios|responsabilidad civil)
    (?:mon|mes|un|notre|nos|des|ma|une) avocate?s?
    porter plainte
    (?:tribunal|tribunaux|poursuites|juridique\w*|judiciaire\w*|huissier)
    (?:en|la) justice
    un proces
    vous poursuivre
    (?:la police|gendarmerie)
    (?:dommages et interets|indemnis\w+|dedommag\w+|mise en demeure|mediateur|dgccrf|repression des fraudes)
    (?:faute medicale|negligence|responsabilite civile)
"""

MONEY = r"""
    (?:want|need|like|get|got|getting|demand|expect|request\w*|give|owe|ask\w*|claim|issue|process|waiting|due|where|when|have|receive\w*)(?: \w+){0,6} (?:refund\w*|reimburse\w*|money back|repaid|repayment)
    refund (?:me|my|us|the|please|request)
    money back
    (?:charged|billed|debited|invoiced)(?: \w+){0,5} (?:twice|double|two times|too much|wrong\w*|by mistake|more|extra|instead|without|again|incorrect\w*)
    (?:twice|double|wrongly|incorrectly|over) ?(?:charged|billed|debited)
    (?:over|mis|double)(?:charged?|billed)
    (?:i|we|you|card|account) (?:was|were|got|have been|ve been|been|am being|have|ve|has been)(?: \w+)? (?:charged|billed|debited|invoiced|deducted)
    you (?:\w+ )?(?:charged|billed|debited|deducted) (?:me|us|my)
    why (?:was|were|am|did|have|is)(?: \w+){0,4} (?:charged?|billed|debited|invoiced?)
    (?:wrong|incorrect|mistakes?|error|errors|issue|problem|question|questions|dispute|query|don t understand|do not understand|clarif\w+)(?: \w+){0,4} (?:invoice|bill|charge|payment|billing|statement|receipt|amount)
    (?:invoice|bill|charge|payment|amount|receipt|statement|total|card)(?: \w+){0,4} (?:wrong|incorrect|mistake|error|too high|not right|isn t right|twice|failed|declined|rejected|not correct)
    (?:invoice|bill|amount)(?: \w+){0,3} (?:doesn t|does not|didn t) (?:match|add up|make sense)
    charge ?backs?
    (?:won t|refuse to|not going to|not willing to|never) pay(?:ing)?
    (?:paid|payed) (?:twice|double|too much|already|but)
    already (?:paid|payed|transferred)
    (?:payment reminder|dunning|debt collect\w*|overdue notice|collection agency)
    (?:return|give back|keep|lose)(?: \w+){0,2} (?:money|deposit)
    deposit back
    (?:reverse|unauthori[sz]ed)(?: \w+){0,2} (?:payment|charges?|debit|transaction)
    geld (?:\w+ ){0,4}(?:zuruck\w*|wieder)
    zuruck(?:zahl|erstatt|uberweis|buch|gezahlt|erstattet)\w*
    (?:bitte|mochte|will|fordere|verlange|erwarte|brauche|bleibt|wann|bitten|beantrage|um)(?: \w+){0,6} (?:ruckerstattung|erstattung|ruckzahlung|erstatten)
    (?:erstatten|uberweisen|zahlen) sie (?:mir|uns|bitte)
    ruckerstattung
    ruckbuchung
    (?:doppelt|zweimal|falsch|zu viel|zuviel|mehrfach|unberechtigt|zu unrecht|falschlich\w*)(?: \w+){0,2} (?:abgebucht|berechnet|bezahlt|belastet|verrechnet|abgerechnet|in rechnung|gezahlt|kassiert|uberwiesen)
    (?:wurde|wurden|haben sie|habt ihr|hat|worden|warum)(?: \w+){0,10} (?:abgebucht|berechnet|belastet|in rechnung gestellt|abgerechnet|verrechnet)
    rechnung(?: \w+){0,5} (?:falsch|fehler\w*|stimmt|nicht (?:richtig|korrekt|nachvollzieh\w*)|zu hoch|unklar|verstehe|doppelt|reklam\w*)
    (?:falsche|fehlerhafte|uberhohte|unklare|doppelte|falschen) (?:rechnung|abbuchung|abrechnung|mahnung|betrag)
    (?:fehler|problem|unstimmigkeit\w*|frage|fragen|ruckfrage|widerspruch)(?: \w+){0,4} (?:rechnung|abbuchung|abrechnung|mahnung)
    (?:mahnung\w*|mahngebuhr\w*|inkasso\w*)
    (?:schon|bereits|langst)(?: \w+)? (?:bezahlt|uberwiesen|gezahlt)
    (?:be)?zahle(?: \w+){0,3} nicht
    (?:devol\w+|devuelv\w+|reembols\w+|reintegr\w+|regres\w+)(?: \w+){0,5} (?:dinero|importe|pago|senal|deposito|euros|fianza)
    (?:quiero|quisiera|necesito|solicito|exijo|pido|espero|donde|cuando|pedir|solicitar|un)(?: \w+){0,5} (?:reembolso|devolucion|reintegro)
    (?:me|nos) (?:reembols|devuelv|devolv)\w+
    mi dinero
    (?:cobr\w+|cargad\w|carg\w+|factur\w+|pagado|pague)(?: \w+){0,5} (?:dos veces|doble|de mas|por error|mal|en vez|en lugar|duplicado|sin permiso|sin autorizacion|demasiado)
    (?:me|nos) (?:han|habeis|ha|an|fue|fueron) (?:\w+ )?(?:cobrad[oa]|cargado|facturado)
    (?:me|nos) cobra(?:ron|steis)
    (?:factura|cobro|cargo|recibo|importe|pago)(?: \w+){0,4} (?:mal|incorrect\w|equivocad\w|erron\w*|error\w*|no es correct\w|no coincide|duplicad\w|indebid\w|rechazad\w|esta mal)
    (?:error|problema|duda|equivocacion|reclamar)(?: \w+){0,4} (?:factura|cobro|cargo|recibo|pago)
    ya (?:he |lo he |la he )?(?:pagado|pague|pagamos)
    no (?:pienso|voy a|quiero) pagar
    (?:rembours\w+|rendez|rendre|restitu\w+|recuperer)(?: \w+){0,5} (?:argent|acompte|euros|somme|montant|caution|commande)
    (?:veux|voudrais|souhaite|demande|exige|attends|obtenir|reclame|sollicite|ou est)(?: \w+){0,3} (?:un|mon|le|etre|de) rembours(?:ement|ee?)(?! par)
    (?:rembourse[rz] (?:moi|nous)|me rembourser|remboursez|vous me remboursiez|etre remboursee?(?! par))
    mon argent
    (?:debit|prelev|factur)\w+(?: \w+){0,5} (?:deux fois|double|trop|au lieu|par erreur|en trop|sans (?:mon )?(?:accord|autorisation))
    (?:m avez|ai ete|a ete|m a|m ont|avons ete|on m a|nous avez)(?: \w+)? (?:debite\w*|facture\w*|preleve\w*|fait payer|compte)
    (?:facture|prelevement|montant|paiement)(?: \w+){0,4} (?:fausse?|faux|incorrecte?|erreur|erronee?|trop eleve\w*|trop cher\w*|pas correcte?|pas juste|pas bon\w*|double|refuse)
    (?:erreur|probleme|souci|question|contester?)(?: \w+){0,4} (?:facture|facturation|prelevement|paiement)
    deja (?:\w+ )?(?:paye|regle|vire)e?
    double (?:prelevement|facturation|paiement|debit)
"""

COMPLAINT = r"""
    (?:was|were) (?:\w+ )?(?:not|never) (?:\w+ )?(?:good|nice|great|ok|okay|helpful|professional|clean|friendly)
    (?:wasn|weren) t (?:\w+ )?(?:good|nice|great|ok|okay|helpful|professional|clean|friendly)
    (?:service|massage|treatment|therapy|session|therapist|staff|visit|experience|reception\w*|clinic
    |everything) (?:was|were) (?:\w+ )?(?:bad|poor|painful|dirty|unprofessional|unfriendly|disappointing)
    not good at all
    (?:did not|didn t|didnt) (?:really )?like
    hat mir (?:\w+ )?nicht gefallen
    no me (?:gusto|ha gustado)
    pas (?:du tout )?(?:aime|plu)
    (?:bad|poor) (?:experience|service|treatment)
    made (?:it|me|my \w+) (?:\w+ )?worse
    war\w* (?:\w+ ){0,3}nicht (?:\w+ )?(?:gut|schon|hilfreich|freundlich|sauber)
    (?:massage|behandlung|therapie|service|sitzung|therapeut\w*|personal|empfang|praxis
    |alles) war\w* (?:\w+ ){0,3}(?:schlecht|furchtbar|schrecklich|unfreundlich|schmerzhaft|schmutzig|dreckig)
    (?:masaje|tratamiento|servicio|sesion|terapeuta|personal|atencion|todo) (?:fue|fueron|estuvo
    |era) (?:\w+ ){0,2}(?:mal|malo|mala|horrible|terrible|sucio|sucia)
    no (?:fue|fueron|estuvo|era) (?:\w+ )?(?:buen|bueno|buena|bien|amable|amables)
    (?:massage|soin|service|seance|therapeute|personnel|accueil|tout) (?:etait|a ete) (?:\w+ ){0,2}(?:mauvais
    |mauvaise|nul|nulle|horrible|sale|desagreable)
    (?:etait|a) pas (?:ete )?(?:\w+ )?(?:bon|bonne|bien|bonne|agreable|aimable)
    (?:useless|furious|unacceptable|outrag\w*|disgrac\w*|ridiculous|bullshit|fuck\w*|wtf|fed up|ripped off|scam)
    (?:frechheit|unverschamt\w*|wutend\w*|abzocke|betrug|katastroph\w*|scheiss\w*|beschwer(?:de|en|e|t))
    (?:queja\w*|inaceptable|verguenza|pesim[oa]|furios[oa]|estafa|mierda)
    (?:plainte|inadmissible|inacceptable|honteu\w*|scandal\w*|furieu\w*|arnaque|merde)
    (?:formal |official )?complaints?
    complain(?:ing|ed|s)?
    (?:waited|waiting|wait)(?: \w+){0,6} (?:hours?|ages|weeks|days|minutes)(?: \w+){0,3} (?:for|and|nobody|no|past|already|yet|but|now)
    (?:been|am|was|were|are|still|kept (?:me|us)) (?:\w+ )?waiting
    (?:nobody|no one|noone|none)(?: \w+){0,3} (?:came|showed|turned|answers?|answered|called|calls|replied|replies|responds?|responded|picks|cares?|helped|was there|got back|contacted)
    (?:wasted?|waste of) (?:\w+ )?(?:time|money|afternoon|morning|day|evening|hour)
    (?:never|not|won t|wont|don t|will not)(?: \w+)? (?:again|coming back|come back|be back|returning|recommend|recommending)(?: \w+)?
    (?:disgust\w*|appall\w*|shameful|disrespect\w*|incompeten\w*|unprofessional\w*|shocking|shambles|pathetic|atrocious|abysmal|dreadful|unfair\w*|insult\w*|humiliat\w*|harass\w*|discriminat\w*|racist|sexist|inappropriate\w*)
    (?:a joke|shame on you|lied to|liars?|lies|fraud|cheated|cheat|con artists?|ripoff|rip off|not acceptable|not good enough|let (?:me|us) down|fobbed off|ignored (?:me|us|my|our)|ignoring (?:me|us|my|our))
    (?:bad|negative|one star|1 star) reviews?
    (?:am|m|are|re|very|so|really|extremely|quite|pretty|bit|get\w*|becoming|feel|felt)(?: \w+)? (?:upset|annoyed|annoying|frustrat\w+|angry|mad|livid|pissed\w*|dissatisf\w+|disappoint\w+|fuming|irritated)
    (?:poor|lousy|terrible|worst|horrendous|crap\w*|shit\w*|sloppy|awful|bad|horrible)(?: \w+)? (?:service|treatment|quality|experience|job|work|attitude|room|food|product|communication|customer|staff)
    (?:arrived|came|delivered|received)(?: \w+){0,4} (?:broken|damaged|defective|faulty|dirty|wrong|late|incomplete|cold)
    (?:room|towels?|bathroom|place|floor|bed|sheets)(?: \w+){0,3} (?:dirty|filthy|disgusting|mouldy|moldy|smelly|not clean|unclean)
    (?:dirty|filthy) (?:room|towels?|bathroom|place|floor|bed|sheets)
    (?:still|again)(?: \w+){0,4} (?:not working|broken|leaking|leaks|doesn t work|does not work|not fixed|not been fixed|unresolved)
    worse (?:than|since|after|now)
    (?:since|after|ever since)(?: \w+){0,5} (?:treatment|session|massage|visit|appointment|repair|operation|surgery)(?: \w+){0,10} (?:worse|hurts?|hurting|pain\w*|bruis\w*|swollen|bleed\w*|numb\w*|dizzy)
    (?:therapist|staff|receptionist|driver|waiter|waitress|technician|doctor|employees?|plumber|man|woman|lady|guy|colleague|reception|assistant|nurse)(?: \w+){0,5} (?:rude|unfriendly|aggressive|drunk|impolite|insulted|yelled|shouted|hurt|touched|ignored|dismissive|arrogant|rough|careless)
    treated (?:\w+ ){0,3}(?:like|badly|unfairly|rudely|poorly)
    wrong (?:order|item|product|part|room|dish|food|article|delivery)
    you (?:\w+ )?(?:forgot|lost|broke|ruined|messed|screwed|failed|lied|promised|canceled|cancelled)(?: \w+)? (?:my|me|us|our|to|up|the|it)
    you(?: \w+)? (?:never|didn t|did not|haven t|have not) (?:\w+ )?(?:called?|repl\w+|answer\w*|came|come|sent|send|told|tell|show\w*|deliver\w*|responded|kept|keep)
    (?:second|third|fourth|fifth|2nd|3rd|4th|5th|umpteenth) time (?:i|we|that|now|you|this)
    how many times
    not what (?:i|we)(?: \w+)? (?:ordered|paid|expected|booked|agreed|promised|wanted)
    (?:this|that|it) (?:is|was|s) (?:\w+ )?(?:unacceptable|ridiculous|outrageous|not ok|not okay|a disgrace|unfair|scandalous)
    (?:not|never|isn t|wasn t|aren t)(?: \w+)? (?:happy|satisfied|pleased|impressed)(?: \w+)?
    (?:beschwerde|beschweren|beschwere|beschwert\w*|beschwerdestelle)
    (?:unzufrieden\w*|nicht zufrieden|enttausch\w*|unverschamt\w*|unfreundlich\w*|unhoflich\w*|respektlos\w*|unprofessionell\w*|inkompetent\w*|frech\w*|zumutung|schlamp\w*|sauerei|saftladen|schweinerei|unterirdisch|mangelhaft\w*|argerlich\w*|verargert\w*|empor\w*|wutend\w*|stinksauer|inakzeptabel|lacherlich|unmoglich\w* (?:verhalten|benehmen|behandelt|service)|(?:einfach|echt|absolut) unmoglich)
    (?:stunden?|minuten|wochen|tagen?|monate\w*|ewig\w*)(?: \w+)? (?:gewartet|warten|warte)
    (?:warte|warten)(?: \w+){0,5} (?:seit|schon|immer noch|noch immer|stunden|wochen|tagen)
    (?:niemand|keiner)(?: \w+){0,5} (?:gemeldet|meldet|antwortet|geantwortet|geht|da|kam|gekommen|zuruckgerufen|kummert|erreichbar|ruft)
    nie wieder
    (?:schlechte\w*|miese\w*|furchtbare\w*|katastrophale\w*) (?:service|behandlung|arbeit|qualitat|erfahrung\w*|bewertung|beratung|leistung)
    (?:schlimmer|schlechter|starkere schmerzen|mehr schmerzen)(?: \w+){0,6} (?:als|seit|geworden|nach|vorher)
    (?:seit|nach) (?:der|dem|meiner|meinem|ihrer|ihrem)(?: \w+){0,3} (?:behandlung|massage|sitzung|termin|besuch|reparatur|op|operation|therapie)(?: \w+){0,10} (?:\w*schmerz\w*|weh|schlimmer|schlechter|kaputt|blau\w*|geschwollen|taub\w*)
    (?:angelogen|belogen|verarscht\w*|abgezockt|betrogen|betrug|beleidig\w*|belastig\w*|diskriminier\w*|angeschrien|angeschnauzt|ignoriert)
    (?:therapeut\w*|mitarbeiter\w*|empfang\w*|arzt\w*|personal|kolleg\w*|fahrer|monteur\w*|handwerker\w*|dame|herr|techniker)(?: \w+){0,6} (?:frech|grob|zu spat gekommen|betrunken|laut|genervt|arrogant|unmoglich)
    (?:kaputt|beschadigt|defekt|falsch|verspatet|unvollstandig)(?: \w+)? (?:geliefert|angekommen|worden|erhalten|bekommen)
    stellungnahme
    reklamier\w*
    immer noch (?:\w+ )?(?:nicht|kein\w*|kaputt|undicht|defekt|schmerz\w*)(?: \w+)?
    (?:bin|sind|war|waren|macht mich|werde)(?: \w+){0,3} (?:sauer|genervt|verargert)
    zum (?:zweiten|dritten|vierten|funften|wiederholten|x ten) mal
    (?:das|dies\w*|so|sowas|so (?:et)?was|einfach|echt)(?: ja| doch| einfach| wirklich)? (?:geht|ging) gar nicht
    kann (?:doch |ja )?nicht (?:\w+ )?(?:wahr|ernst|sein)
    (?:quej(?:a|as|arme|arse|o|amos)|reclamacion\w*|reclamar|reclamo|hojas? de reclamaciones)
    (?:insatisfech|descontent|indignad|indignante|cabread|enfadad|enojad|molest(?!ias? )|decepcion|vergonzos|lamentable|penos|impresentable|maleducad|groser|incompetent|antipatic|estafador)\w*
    (?:un desastre|una verguenza|una estafa|tomadura de pelo|falta de respeto|perdida de tiempo|un timo|inaceptable\w*|inadmisible\w*)
    (?:mal|pesimo|pesima|horrible|terrible|fatal|mala)(?: \w+)? (?:servicio|trato|atencion|experiencia|calidad)
    (?:servicio|trato|atencion|comida|habitacion)(?: \w+){0,3} (?:pesim\w|mal\w?|horrible|fatal|nefast\w|suci\w)
    nadie (?:\w+ ){0,2}(?:contest\w*|respond\w*|llam\w*|atend\w*|atiend\w*|coge|vino|ha venido|aparec\w+)
    (?:llevo|llevamos)(?: \w+){1,5} (?:esperando|sin|intentando)
    (?:horas?|minutos|semanas|dias|meses) esperando
    esper(?:e|ado|amos)(?: \w+){0,3} (?:horas?|minutos)
    me (?:han|habeis|ha|he)(?: \w+)? (?:enganado|estafado|mentido|tratado|sentido|ignorado|insultado)
    me (?:trataron|atendieron|trato)(?: \w+)? (?:mal|fatal)
    (?:nunca mas|no pienso volver|no volvere|peor que (?:antes|nunca))
    me siento (?:estafad|enganad|insultad|discriminad|humillad)\w*
    (?:desde|despues de|despues del|tras)(?: \w+){0,5} (?:tratamiento|sesion|masaje|operacion|visita|reparacion)(?: \w+){0,10} (?:peor|duele|dolor\w*|moraton\w*|hinchad\w*|mareo\w*)
    (?:llego|ha llegado|vino|recibi)(?: \w+){0,3} (?:rot[oa]|danad[oa]|defectuos\w|suci[oa]|equivocad[oa]|tarde)
    es la (?:segunda|tercera|cuarta|quinta) vez
    (?:discrimina\w*|insult\w*|humill\w*|acoso|acosad\w*|mentiros\w*)
    (?:plaintes?|plaindre|reclamations?|mecontent\w*|insatisfait\w*|decue?s?|decevante?s?|deception|inadmissible\w*|inacceptable\w*|honteux|honteuse|scandal\w*|furieu\w*|arnaque\w*|lamentable\w*|deplorable\w*|incompeten\w*|malpoli\w*|impoli\w*|irrespect\w*|desagreable\w*|enerve\w*|revoltant\w*|inadmissible\w*)
    (?:une honte|en colere|manque de respect|vous (?:foutez|moquez)|vous m avez menti|se moque\w* d\w+|perte de temps|plus jamais|ras le bol|marre)
    (?:mauvais\w*|pietre|horrible|nul\w*)(?: \w+)? (?:service|accueil|experience|travail|qualite|traitement)
    (?:service|accueil|travail|seance|chambre|personnel)(?: \w+){0,4} (?:nul|nulle|horrible|catastrophique|sale|mediocre|mauvais\w*)
    personne (?:ne |n )(?:\w+ ){0,3}(?:repond\w*|rappel\w*|decroch\w*|venue?|vient|aide)
    (?:attends|attendu|attendons|attendre)(?: \w+){0,5} (?:heures?|minutes|semaines?|jours|mois|longtemps)
    (?:depuis|apres|suite a)(?: \w+){0,5} (?:seance|traitement|massage|soin|operation|visite|reparation)(?: \w+){0,10} (?:pire|mal|douleurs?|empire|bleus?|gonfl\w*|vertiges?)
    (?:arrive|recue?|livre)e?(?: \w+){0,3} (?:casse|abime|endommage|defectueux|sale|en retard|incomplet)e?
    (?:deuxieme|troisieme|quatrieme|2eme|3eme|2e|3e) fois
    mal (?:traite|recu|accueilli|servi|conseille)e?s?
    (?:insult\w*|humili\w*|harcel\w*|discrimin\w*)
    pas (?:du tout )?(?:satisfaite?|contente?|normal)
"""

NO_COMPLAINT = r"""
    (?:not|never|nicht|nie|no|pas|isn t|wasn t|no estoy)(?: \w+)? (?:unhappy|unsatisfied|disappoint\w*|angry|enttausch\w*|unzufrieden\w*|enfadad\w*|decepcion\w*|decue?|mecontente?)
    no complaints?
    keine beschwerde\w*
    ninguna queja
    aucune plainte
"""

PRESS = r"""
    (?:journalists?|reporters?|press (?:inquiry|enquiry|request|office|pass)|newspaper|magazine article|tv (?:crew|station|show)|the media)
    (?:interview|article|documentary)(?: \w+){0,3} (?:with|about|on|for)
    (?:journalist\w*|reporter\w*|redakteur\w*|redaktion|presseanfrage|pressestelle|fernsehteam)
    (?:fur|von) die presse
    (?:periodistas?|la prensa|redaccion|reportaje)
    (?:journalistes?|la presse|de presse|reportage|redaction)
"""

JOB = r"""
    apply(?:ing)? (?:for|to|as)(?: \w+){0,3} (?:job|position|role|post|vacancy|work|you|your|internship|therapist|assistant|receptionist|apprenticeship)
    (?:job application|my (?:cv|resume|application)|vacanc(?:y|ies)|hiring|internships?|apprenticeships?|open positions?|job (?:offers?|openings?)|looking for (?:work|a job)|join your team|recruit\w*|traineeship|unsolicited application)
    work (?:for|with|at) (?:you|your)
    (?:any|have|got) (?:\w+ )?jobs?
    (?:bewerb\w*|initiativbewerbung|lebenslauf|stellen(?:angebot\w*|anzeige|ausschreibung)|(?:freie|offene)n? stellen?|praktik(?:um|ums|umsplatz|ant\w*)|ausbildungsplatz|minijob|nebenjob|aushilfe|jobs?)
    bei (?:ihnen|euch) (?:\w+ )?(?:arbeiten|anfangen|mitarbeiten)
    (?:suchen sie|sucht ihr|stellen sie)(?: \w+){0,3} (?:mitarbeiter\w*|personal|verstarkung|leute|therapeut\w*|ein)
    (?:curriculum|trabajar (?:con|para|en) (?:ustedes|vosotros|su|vuestr\w+)|empleo|vacantes?|puesto de|oferta de trabajo|(?:buscan|necesitan|buscais) (?:personal|gente|a alguien)|candidatura|de practicas|busco trabajo|solicitud de trabajo)
    (?:candidature|postul\w+|offre d emploi|recrut\w+|un stage|embauch\w*|travailler (?:chez|avec|pour) vous|alternance|apprentissage|mon cv|cherche (?:un )?(?:emploi|travail))
"""

OFFER = r"""
    (?:make|send|give|provide|submit|prepare|get|request|want|like|need|ask\w*)(?: \w+){0,5} (?:an offer|quote|quotation|proposal|estimate)
    (?:we are|we re|i represent|representing|on behalf of|i work for|i m with|writing from|i run|i own|i manage)(?: \w+){0,5} (?:company|firm|club|association|school|hotel|agency|business|startup|start up|organi[sz]ation|employer|gym|university|fitness studio|studio|kindergarten|office)
    (?:for|at|with) our (?:\w+ )?(?:employees|staff|company|office|workforce|players|members|guests|students|team|firm|customers|residents)
    (?:partnership|partnering|business partner|cooperat\w+|collaborat\w+|corporate (?:rates?|clients?|offer|health|wellness|customers?|account)|b2b|wholesale|framework (?:agreement|contract)|reseller|distributor|sponsor\w*|franchise|influencer|brand ambassador)
    (?:group|company|corporate|volume|bulk) (?:rate|rates|booking|bookings|price|prices|discounts?|order|orders)
    become a partner
    angebot(?: \w+){0,3} (?:machen|erstellen|unterbreiten|schicken|senden|zukommen|zuschicken|anbieten)
    (?:unverbindliches|individuelles|konkretes|passendes) angebot
    kostenvoranschlag\w*
    (?:unsere?n?|meine?n?|fur die|fur unser\w*)(?: \w+)? (?:firma|unternehmen|mitarbeiter\w*|belegschaft|verein\w*|mannschaft|spieler\w*|angestellt\w*|betrieb|schule|hotelgaste)
    (?:sind eine?|vertrete\w*|als|im namen|leite\w*)(?: \w+){0,3} (?:firma|unternehmen|verein|schule|agentur|hotel|betrieb|fitnessstudio|sportverein|kanzlei|arbeitgeber|kita|handballverein|fussballverein)
    (?:kooperation\w*|kooperieren|zusammenarbeit\w*|partnerschaft|partner werden|firmenkunden\w*|firmenangebot\w*|rahmenvertrag|betriebliche\w* gesundheit\w*|mengenrabatt|gruppenbuchung|gruppenpreis\w*|grosshandel|sponsor\w*)
    (?:hacer\w*|enviar\w*|mandar\w*|pasar\w*|preparar\w*|pedir|solicitar|necesito|quisiera|quiero|querria)(?: \w+){0,4} (?:oferta|presupuesto|propuesta|cotizacion)
    (?:somos una?|represento|en nombre de|nuestr[oa]|dirijo)(?: \w+){0,4} (?:empresa|club|asociacion|colegio|hotel|agencia|equipo|negocio|gimnasio|escuela|plantilla|empleados|trabajadores|jugadores|socios)
    (?:colabora(?:r|cion)|convenio|alianza|tarifas? (?:de|para) (?:empresa|grupo)s?|para empresas|mayorista|patrocin\w+|acuerdo comercial)
    (?:faire|envoyer|proposer|etablir|demande|voudrais|souhaite|besoin)(?: \w+){0,4} (?:offre|devis|proposition|estimation)
    (?:sommes une?|represente|au nom de|notre|nos|dirige)(?: \w+){0,4} (?:entreprise|societe|club|association|ecole|hotel|agence|salaries|employes|joueurs|equipe|collaborateurs|salle de sport|personnel)
    (?:partenariat|partenaire|collabor(?:er|ation)|tarifs? (?:de )?(?:entreprise|groupe)s?|convention|sponsor\w*|parrain\w+)
"""

SPECIAL = r"""
    do(?: \w+){0,3} (?:on|about|with) (?:the|your) (?:price|prices|fee|cost)
    discount\w*
    (?:better|lower|special|cheaper|reduced|best|friend s|mates) (?:price|rate|deal|offer)
    (?:price reduction|reduce the price|goodwill|negotiat\w+|haggle)
    exceptions?
    exempt\w*
    waiv\w+
    (?:instal?lments?|payment plan|pay (?:later|next month|in parts|half|monthly|on credit|next week|afterwards))
    (?:more|extra|additional) time to pay
    (?:extend|defer|postpone)(?: \w+){0,4} (?:deadline|payment|due date|invoice|bill)
    (?:knock|take)(?: \w+){0,3} off (?:the|my)
    (?:come|go) down(?: \w+){0,3} price
    outside (?:\w+ ){0,3}hours
    (?:stay|open)(?: \w+)? (?:longer|later|earlier|specially) (?:for|just|than)
    special (?:arrangement|permission|treatment|agreement)
    (?:rabatt\w*|nachlass|preisnachlass|sonderpreis|sonderkondition\w*|vergunstigung\w*|skonto|ermassig\w*)
    (?:ausnahme\w*|ausnahmsweise|kulanz\w*|kulant\w*|sonderregelung|sonderwunsch)
    (?:ratenzahlung\w*|in raten|spater (?:be)?zahlen|zahlungsaufschub|stundung|stunden lassen|zahlungsfrist)
    (?:am preis|preislich)(?: \w+){0,4} (?:machen|entgegen\w*|gehen|moglich)
    (?:geht|ginge|auch|etwas|noch|bisschen)(?: \w+){0,3} (?:billiger|gunstiger)
    (?:billiger|gunstiger)(?: \w+){0,4} (?:machen|bekommen|geben|gehen|moglich)
    (?:gebuhr|ausfallgebuhr|stornogebuhr)(?: \w+){0,5} (?:erlassen|verzichten|streichen|erlass)
    ausserhalb (?:\w+ ){0,2}(?:offnungszeiten|sprechzeiten|geschaftszeiten)
    (?:descuento\w*|rebaja\w*|mejor precio|precio especial|mas barato|regate\w+)
    (?:una excepcion|excepcionalmente|de forma excepcional|trato especial)
    (?:a plazos|en cuotas|fraccionar|fraccionad\w|pagar (?:mas tarde|despues|otro dia|el mes)|aplazar el pago)
    fuera (?:del|de) (?:\w+ )?horario
    (?:perdonar|quitar|anular|eximir)\w*(?: \w+){0,3} (?:multa|cargo|penalizacion|tasa|comision)
    (?:reductions?|remises?|rabais|ristourne\w*|prix special|meilleur prix|tarif (?:reduit|special|preferentiel)|moins cher|negocier|geste commercial)
    (?:une exception|exceptionnellement|a titre exceptionnel|derogation|faveur)
    (?:plusieurs fois|facilites? de paiement|echelonn\w+|payer (?:plus tard|le mois|apres)|delai de paiement|paiement differe)
    en dehors (?:de vos|des) (?:\w+ )?(?:horaires|heures)
"""

_THING = r"(?:jacket|coat|bag|backpack|umbrella|phone|wallet|purse|keys?|glasses|sunglasses|scarf|ring|watch|laptop|charger|hat|earrings?|headphones|sweater|shoes|towel|book|necklace|passport|toy)"
LOST = rf"""
    (?:(?<!the )(?<!my )left|forgot|forgotten|lost|misplaced|leave|found)(?: \w+){{0,4}} {_THING}
    lost (?:property|and found)
    (?:jacke|mantel|tasche|rucksack|regenschirm|schirm|handy|geldborse|portemonnaie|schlussel|brille|schal|ring|uhr|laptop|ladekabel|mutze|ohrring\w*|kopfhorer|pullover|schuhe|handtuch)(?: \w+){{0,8}} (?:vergessen|liegen ?(?:ge)?lassen|verloren|gefunden|liegt|liegengelassen)
    (?:vergessen|liegen ?gelassen|verloren)(?: \w+){{0,5}} (?:jacke|mantel|tasche|rucksack|schirm|handy|schlussel|brille|schal|uhr)
    fundsache\w*
    (?:olvid\w+|dej\w+|perd\w+)(?: \w+){{0,4}} (?:chaqueta|abrigo|bolso|mochila|paraguas|movil|telefono|cartera|llaves|gafas|bufanda|anillo|reloj|portatil|cargador|gorro|pendientes?|auriculares|zapatos)
    objetos perdidos
    (?:oublie|laisse|perdu)e?(?: \w+){{0,4}} (?:veste|manteau|sac|parapluie|telephone|portefeuille|cles?|lunettes|echarpe|bague|montre|ordinateur|chargeur|bonnet|boucles?|ecouteurs|chaussures)
    objets? (?:trouve|perdu)s?
"""

DOCUMENTS = r"""
    (?:send|resend|email|mail|issue|write|forward|give|get|need|want|copy|duplicate)(?: \w+){0,5} (?:medical report|certificate|sick note|doctor s note|x rays?|proof of (?:attendance|payment)|confirmation of (?:attendance|treatment|payment)|tax certificate)
    (?:send|resend|email|issue|write|forward|reissue|correct)(?: \w+){0,4} (?:invoice|receipt|prescription|referral|report)
    (?:copy|duplicate) of (?:\w+ ){0,2}(?:invoice|receipt|contract|report|bill)
    (?:attest|krankschreibung|krankmeldung|krank schreiben|bescheinigung|teilnahmebescheinigung|arztbericht|arztbrief|entlassungsbericht|therapiebericht)
    (?:schicken|senden|ausstellen|zuschicken|zusenden|mailen|korrigieren)(?: \w+){0,6} (?:rechnung|quittung|rezept|befund|bericht|kopie)
    (?:rechnung|quittung|rezept|befund|bericht|kopie|rontgenbild\w*)(?: \w+){0,6} (?:schicken|senden|ausstellen|zuschicken|zusenden|mailen|korrigieren|zukommen)
    (?:justificante|baja medica|parte medico|informe medico|certificado)
    (?:enviar|mandar|reenviar|emitir|hacer)\w*(?: \w+){0,4} (?:factura|recibo|receta|informe|copia|volante)
    (?:certificat|arret (?:de travail|maladie)|attestation|compte rendu|justificatif)
    (?:envoyer|renvoyer|transmettre|etablir)\w*(?: \w+){0,4} (?:facture|recu|ordonnance|rapport|copie|radio\w*)
"""

# What is written about the matter itself answers a general question about it.
WRITTEN_ABOUT = {
    "money_dispute": r"""
        (?:refund\w*|reimburs\w*|money back|returns?|overcharg\w*)
        (?:ruckerstatt\w*|erstatt\w*|ruckgabe\w*|widerruf\w*|umtausch\w*)
        (?:reembols\w*|devoluci\w*|devolver)
        (?:rembours\w*|retours?)
    """,
    "job": r"""
        (?:jobs?|vacanc\w+|career\w*|apply|applications?|hiring|recruit\w*|internships?)
        (?:bewerb\w*|stellen\w*|karriere|ausbildung\w*|praktik\w*)
        (?:empleo|trabajo|vacantes?|candidatura\w*|curriculum)
        (?:emplois?|candidature\w*|recrut\w*|stages?)
    """,
    "offer": r"""
        (?:quotes?|quotation|estimates?|compan(?:y|ies)|corporate|business customers?|groups?|wholesale|partner\w*|cooperat\w*)
        (?:angebote?|kostenvoranschl\w+|firmen\w*|unternehmen|gruppen\w*|kooperation\w*|partner\w*)
        (?:presupuestos?|empresas?|grupos?|colabora\w*|convenios?)
        (?:devis|entreprises?|groupes?|partenari\w*)
    """,
    "special": r"""
        (?:discounts?|reduced|reductions?|instal?lments?|payment plan|exceptions?|special (?:price|offer)s?|concession\w*)
        (?:rabatt\w*|ermassig\w*|nachlass|raten\w*|ausnahme\w*|vergunstig\w*)
        (?:descuentos?|rebajas?|plazos|cuotas|excepci\w*)
        (?:reductions?|remises?|tarifs? reduits?|plusieurs fois|exceptions?)
    """,
    "documents": r"""
        (?:certificates?|sick notes?|reports?|invoices?|receipts?|copies|copy)
        (?:bescheinig\w*|attest\w*|berichte?|rechnung\w*|quittung\w*)
        (?:justificantes?|certificados?|informes?|facturas?|recibos?)
        (?:certificats?|attestations?|factures?|recus?|comptes? rendus?)
    """,
}
