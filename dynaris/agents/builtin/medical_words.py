"""How people ask for medical advice, as patterns over `plain_words.folded` text in four languages.

Pain alone is no such question: who has it books an appointment.
"""

# ruff: noqa: E501 - a pattern is read better in one line

_BODY = r"(?:backs?|knees?|necks?|shoulders?|hips?|ankles?|foot|feet|legs?|arms?|hands?|wrists?|elbows?|heads?|spine|discs?|disks?|muscles?|tendons?|stomach|belly|chest|fingers?|toes?|tooth|teeth|gums?|jaw|eyes?|ears?|skin|joints?|calf|calves|thighs?|heels?|ribs?|groin)"
_PAIN = r"(?:pain\w*|ache?s?|aching|(?:head|back|tooth|stomach|belly|tummy|ear|muscle|neck|heart)aches?|hurt\w*|sore\w*|swell\w*|swollen|numb\w*|tingl\w*|burning|itch\w*|rash|fever|dizz\w*|bruis\w*|bleed\w*|stiff\w*|cramp\w*|spasms?|weakness|infect\w*|inflam\w*|discharge|lump|symptoms?|vomit\w*|nause\w*|migraines?|blisters?|pus|click\w*|cracking)"
_DRUG = r"(?:ibuprofen|paracetamol|aspirin|pain ?killers?|antibiotics?|medic(?:ation|ations|ine|ines)|pills?|tablets?|drugs?|dosage|blood thinners?|cortisone|steroids?|insulin|ointment|antidepressants?|vaccin\w*|anti inflammator\w*|voltaren|diclofenac)"
_STATE = r"(?:pregnan\w+|breastfeed\w*|pacemaker|diabet\w+|cancer|tumou?r|osteoporosis|epilep\w+|thrombos\w+|blood clots?|(?:high )?blood pressure|heart (?:condition|disease|problems?|failure)|surgery|operation|herniated \w+|slipped disc|fractur\w+|torn \w+|ruptur\w+|hernia|scoliosis|arthr\w+|covid|asthma|allerg\w+|implants?|prosthe\w+|miscarriage|a cold|the flu|sprain\w*|stitches|concussion)"
_BOOKS = r"(?! (?:\w+ )?(?:have an appointment|get an appointment|book|come|make|schedule|reserve|pay|park|bring|cancel|move|change|ask|call|speak|talk|know|see|please|use my|meet|arrive|send|find|reach))"

_BODY_DE = r"(?:rucken|knie\w*|nacken|schulter\w*|hufte|knochel|fuss|fusse|beine?|bein|arme?|hande?|handgelenk\w*|ellbogen|kopf|wirbel\w*|bandscheibe\w*|muskel\w*|sehnen?|bauch|brust|finger|zehe?n?|zahn|zahne|kiefer|augen?|ohren?|haut|gelenke?|wade\w*|ferse)"
_PAIN_DE = r"(?:(?:ruck\w{0,2}|kopf|bauch|zahn|knie|schulter|nacken|gelenk|muskel|hals|brust|fuss|bein|kreuz|huft|arm|hand|ohr(?:en)?|glieder|dauer|nerven|kiefer|augen|wirbel|unterleibs|waden|fersen|ischias)?schmerz\w*|weh|schmerzt|brennt|brennen|geschwollen\w*|schwellung\w*|taub\w*|kribbel\w*|juck\w*|ausschlag|fieber|schwindel\w*|schwindlig|blutet|blutung\w*|blaue\w* fleck\w*|steif\w*|krampf\w*|entzund\w*|ubelkeit|migrane|symptom\w*|muskelkater|hexenschuss|beschwerden|knackt|zieht)"
_DRUG_DE = r"(?:ibuprofen|paracetamol|aspirin|schmerzmittel\w*|schmerztabletten?|tabletten?|medikament\w*|antibiotik\w*|salben?|blutverdunner\w*|cortison|kortison|insulin|dosis|dosierung|pillen?|spritzen?|voltaren|diclofenac)"
_STATE_DE = r"(?:schwanger\w*|herzschrittmacher|diabet\w+|krebs\w*|tumor\w*|osteoporose|epilep\w+|thrombose\w*|bluthochdruck|herz(?:krank\w*|fehler|probleme?n?)|operiert\w*|operation|op|bandscheibenvorfall|gebrochen\w*|bruch|kreuzbandriss|arthrose|rheuma|corona|asthma|allergi\w+|implantat\w*|prothese|erkaltet|erkaltung|grippe|verstaucht|gehirnerschutterung)"
_BOOKS_DE = r"(?!(?: \w+){0,4} (?:termin\w*|buchen|vorbeikommen|bezahlen|zahlen|parken|anrufen|absagen|verschieben|mitbringen|sprechen|fragen|erreichen))"

_BODY_ES = r"(?:espalda|rodillas?|cuello|hombros?|cadera|tobillos?|pies?|piernas?|brazos?|manos?|munecas?|codos?|cabeza|columna|discos?|musculos?|tendon\w*|estomago|barriga|dedos?|dientes?|muelas?|mandibula|ojos?|oidos?|piel|articulaci\w+|talon|lumbar\w*)"
_PAIN_ES = r"(?:dol\w+|duele\w*|hinchad\w+|hinchazon|hormigueo\w*|entumecid\w*|picor|pica|fiebre|mare\w+|moraton\w*|sangr\w+|rigid\w+|calambres?|espasmos?|infecci\w+|inflam\w+|sintomas?|vomit\w+|nauseas?|migranas?|molestias?|agujetas|contractura\w*)"
_DRUG_ES = r"(?:ibuprofeno|paracetamol|aspirinas?|analgesicos?|antibioticos?|medicament\w+|medicacion|medicinas?|pastillas?|anticoagulantes?|cortisona|insulina|pomadas?|dosis|antiinflamatorios?|inyecci\w+)"
_STATE_ES = r"(?:embaraz\w+|lactancia|marcapasos|diabet\w+|cancer|tumor\w*|osteoporosis|epilep\w+|trombo\w+|tension alta|hipertens\w+|corazon|operad\w+|operacion|operaron|cirugia|hernia\w*|fractur\w+|rot[oa]|artrosis|artritis|covid|asma|alergi\w+|protesis|implantes?|gripe|resfriad\w+|esguince)"

_BODY_FR = r"(?:dos|genoux?|cou|nuque|epaules?|hanches?|chevilles?|pieds?|jambes?|bras|mains?|poignets?|coudes?|tete|colonne|disques?|muscles?|tendons?|ventre|doigts?|orteils?|dents?|machoire|yeux|oeil|oreilles?|peau|articulations?|talon|lombaires?)"
_PAIN_FR = r"(?:douleurs?|douloureu\w+|mal|gonfle\w*|gonflement|engourdi\w*|fourmill\w+|demange\w*|fievre|vertiges?|bleus?|saign\w+|raid\w+|crampes?|spasmes?|infecti\w+|infecte\w*|inflamm\w+|symptomes?|vomi\w+|nausees?|migraines?|courbatures?|craque)"
_DRUG_FR = r"(?:ibuprofene|paracetamol|doliprane|aspirine|anti ?douleurs?|antibiotiques?|medicaments?|comprimes?|cachets?|anticoagulants?|cortisone|insuline|pommades?|dose|dosage|anti inflammatoires?|injections?|piqure)"
_STATE_FR = r"(?:enceinte|grossesse|allait\w+|pacemaker|diabet\w+|cancer|tumeur|osteoporose|epilep\w+|thrombose|phlebite|hypertension|coeur|cardiaque\w*|operee?|operation|chirurgie|hernie|fractur\w+|casse\w*|arthrose|arthrite|covid|asthme|allergi\w+|prothese|implant\w*|grippe|rhume|entorse)"

MEDICAL = rf"""
    (?:{_PAIN}|{_BODY})(?: \w+){{0,14}} (?:should|shall) i
    (?:should|can|could|may|must|do|to|ok|okay|safe) (?:i |we |you |he |she )?(?:\w+ ){{0,4}}(?:take|taking|stop|mix|combine|use|give|continue|increase|reduce|swallow|prescribe|have) (?:\w+ ){{0,4}}{_DRUG}
    (?:take|taking|mix|combine|prescribe\w*|dose of|how (?:much|many)|which|what|allergic to|side effects of)(?: \w+){{0,3}} {_DRUG}
    is (?:it|this|that)(?: \w+)? (?:normal|serious|dangerous|bad|ok|okay|safe|common|worrying|harmful|fine|a bad sign|good)(?: \w+){{0,10}} (?:{_PAIN}|{_BODY}|{_STATE}|treatment|therapy|exercis\w+)
    (?:normal|worrying|serious|dangerous|worried|concerned)(?: \w+){{0,4}} (?:that|if|when|to|because|about)(?: \w+){{0,6}} (?:{_PAIN}|{_BODY})
    (?:{_PAIN}|{_BODY})(?: \w+){{0,10}} (?:is|s) (?:this|that|it)(?: \w+)? (?:normal|serious|dangerous|bad|ok|okay|common|worrying)
    (?:should|shall|do|must) i (?:\w+ )?(?:worry|be (?:worried|concerned)|see a doctor|go to (?:the |a )?(?:hospital|doctor|er|gp)|rest|ice|cool|put (?:ice|heat)|apply|keep (?:running|training|exercis\w+|moving|working|taking|doing|the)|stop (?:taking|running|training|exercis\w+|using|doing|the|working|sport)|continue (?:taking|training|running|the|my|exercis\w+|with)|still (?:train|run|exercise|take|do sport)|avoid|get (?:an? )?(?:mri|x ray|xray|scan|surgery|operation|injection|second opinion))
    (?:can|may|should|could) i (?:\w+ )?(?:run|jog|exercise|train|work out|swim|lift|cycle|go (?:running|jogging|swimming|skiing|to the gym)|do (?:sports?|yoga|pilates|exercises?)|play (?:\w+)|fly|drive)(?: \w+){{0,3}} (?:with|after|despite|although|even though|when|if|again|while)(?: \w+)?
    {_BODY}(?: \w+){{0,12}} (?:can|may|should) i (?:\w+ )?(?:run|jog|exercise|train|work out|swim|lift|cycle|go (?:running|jogging|swimming|skiing)|do (?:sports?|yoga|pilates))
    what (?:should|can|could|do|would|shall) (?:i|we|you|one)(?: \w+)? (?:do|take|recommend|suggest|advise|give)(?: \w+){{0,8}} (?:{_PAIN}|{_BODY})
    (?:{_PAIN}|{_BODY})(?: \w+){{0,10}} (?:what (?:should|can|could|do|shall) (?:i|we|you)(?: \w+)? (?:do|take|advise|suggest|give)|any (?:advice|tips)|what (?:is|s) it|what could (?:it|this|that) be|could (?:it|this|that) be|what (?:causes|is causing)|what helps)
    (?:what|which)(?: \w+){{0,2}} (?:exercises?|stretch\w*|medicine|remedy|cream|diet|(?:therapy|treatment)(?! (?:do|can|are)))(?: \w+){{0,6}} (?:for|against|helps?|if|with)(?: \w+){{0,6}} (?:{_PAIN}|{_BODY}|{_STATE})
    (?:what|anything)(?: \w+)? (?:helps?|works) (?:against|for|with)(?: \w+){{0,4}} (?:{_PAIN}|{_BODY})
    (?:could|can|might|may) (?:it|this|that) be(?: \w+){{0,12}} (?:{_PAIN}|{_BODY}|{_STATE})
    (?:konnte|kann) (?:das|es)(?: \w+){{0,6}} (?:{_PAIN_DE}|{_STATE_DE})
    (?:puede|podria) ser(?: \w+){{0,10}} (?:{_PAIN_ES}|{_BODY_ES}|{_STATE_ES})
    (?:ca|cela) (?:peut|pourrait) etre(?: \w+){{0,10}} (?:{_PAIN_FR}|{_BODY_FR}|{_STATE_FR})
    (?:what s|what is) wrong with (?:me|my)
    do (?:i|you think i|you think it s|you think this is)(?: \w+)? (?:have|need) (?:an? )?(?:\w+ )?(?:surgery|operation|fracture|infection|mri|x ray|scan|antibiotics?|{_STATE})
    (?:diagnos(?:e|ing) (?:me|my|this|it)|second opinion|side effects?|contraindicat\w+|medical (?:advice|opinion|question|emergency))
    what (?:does|do|did)(?: \w+){{0,3}} (?:mri|x ray|xray|scan|blood test|blood work|results?|findings?|diagnosis)(?: \w+){{0,4}} (?:mean|say|show)
    (?:mri|x ray|xray|ct|scan|ultrasound|blood test|lab)(?: \w+)? (?:shows?|showed|says?|said|results?|found|revealed)
    {_STATE}(?: \w+){{0,12}} (?:can|may|should|could|am) i{_BOOKS}
    {_STATE}(?: \w+){{0,12}} (?:is|would)(?: \w+){{0,3}} (?:safe|ok|okay|dangerous|allowed|suitable|advisable|harmful|recommended|risky|a problem|still possible)
    (?:can|may|should|safe|ok|okay|allowed|dangerous|possible|risky|suitable|bad)(?: \w+){{0,8}} (?:while|when|although|even though|despite|during|if|being|for|with) (?:\w+ ){{0,4}}(?:pregnan\w+|breastfeed\w*|pacemaker|{_STATE})
    (?:how long|when)(?: \w+){{0,6}} (?:heal\w*|recover\w*|until (?:the )?(?:pain|swelling)|(?:pain|swelling)(?: \w+){{0,3}} (?:last|go away|gone|stop))
    (?:darf|kann|soll|sollte|muss|konnte|durfen|konnen|sollen)(?: \w+){{0,8}} {_DRUG_DE}
    {_DRUG_DE}(?: \w+){{0,8}} (?:nehmen|einnehmen|absetzen|vertrag\w+|helfen|hilft|kombinieren|verschreib\w*|nehme)
    (?:nehme|nimmt|welche\w*|wie viele?|nebenwirkung\w*)(?: \w+){{0,3}} {_DRUG_DE}
    (?:ist|ware) (?:es|das|dies)(?: \w+){{0,2}} (?:normal|gefahrlich|schlimm|bedenklich|ernst|okay|ok|in ordnung|unbedenklich|schadlich|gesund)(?: \w+){{0,12}} (?:{_PAIN_DE}|{_BODY_DE}|{_STATE_DE}|behandlung|therapie)
    (?:{_PAIN_DE}|{_BODY_DE})(?: \w+){{0,12}} ist (?:das|es)(?: \w+)? (?:normal|gefahrlich|schlimm|bedenklich|ernst|okay|ok|in ordnung)
    (?:darf|kann|soll|sollte|konnte)(?: \w+){{0,8}} (?:sport machen|sport treiben|joggen|trainieren|weiter ?(?:machen|laufen|trainieren|belasten)|kuhlen|schonen|belasten|dehnen|zum arzt|ins krankenhaus|schwimmen gehen|fliegen|laufen gehen|duschen|warme|arbeiten gehen)
    was (?:soll|kann|konnte|muss|sollte|kann ich|wurden|raten|empfehlen|tun|hilft|mache)(?: \w+){{0,8}} (?:{_PAIN_DE}|{_BODY_DE})
    (?:{_PAIN_DE}|{_BODY_DE})(?: \w+){{0,10}} (?:was (?:soll|kann|konnte|hilft|tun|mache|raten|ist das)|woran (?:liegt|kann)|konnte das|kann das|muss ich mir sorgen|haben sie (?:einen )?tipps?)
    (?:welche|was fur|eine)(?: \w+)? (?:ubung\w*|behandlung|therapie|mittel|hausmittel)(?: \w+){{0,6}} (?:bei|gegen|fur|hilft|helfen)(?: \w+){{0,5}} (?:{_PAIN_DE}|{_BODY_DE}|{_STATE_DE})
    (?:diagnostizier\w*|ferndiagnose|nebenwirkung\w*|zweitmeinung|zweite meinung|medizinische\w* (?:rat|frage|auskunft|beratung))
    (?:befund|mrt|rontgen\w*|ct|blutwerte|laborwerte|diagnose)(?: \w+){{0,5}} (?:zeigt|ergab|ergeben|bedeutet|bedeuten|sagt|steht|heisst|auffallig|erklaren)
    was (?:bedeutet|heisst)(?: \w+){{0,3}} (?:befund|diagnose|mrt|ergebnis\w*|wert\w*)
    (?:muss|sollte) ich (?:\w+ )?(?:mir sorgen|zum arzt|ins krankenhaus|operiert|eine spritze)
    {_STATE_DE}(?: \w+){{0,12}} (?:darf|kann|soll|sollte) (?:ich|man|sie|er){_BOOKS_DE}
    {_STATE_DE}(?: \w+){{0,12}} (?:unbedenklich|gefahrlich|schadlich|erlaubt|geeignet|empfehlenswert|ratsam|problematisch|riskant|sicher)
    (?:darf|kann|soll|sollte|gefahrlich|unbedenklich|erlaubt|trotz|wahrend)(?: \w+){{0,6}} (?:schwanger\w*|trotz \w+|{_STATE_DE}) (?:\w+ ){{0,3}}(?:massage\w*|massieren|behand\w+|sport|therapie\w*|training|sauna|machen|gehen)
    (?:massage\w*|behandlung|therapie|sport|sauna|training)(?: \w+){{0,4}} (?:trotz|wahrend|in der|bei) (?:\w+ )?{_STATE_DE}
    wie lange(?: \w+){{0,6}} (?:heil\w*|genesung|bis die (?:schmerzen|schwellung))
    (?:debo|puedo|deberia|hay que|tengo que|conviene|podria)(?: \w+){{0,6}} {_DRUG_ES}
    (?:tomar|tomo|tomando|mezclar|combinar|recetar\w*|recetan|cuant[oa]s?|que|efectos)(?: \w+){{0,3}} {_DRUG_ES}
    es (?:\w+ )?(?:normal|grave|peligroso|malo|seguro|preocupante|bueno|recomendable)(?: \w+){{0,12}} (?:{_PAIN_ES}|{_BODY_ES}|{_STATE_ES}|tratamiento)
    (?:{_PAIN_ES}|{_BODY_ES})(?: \w+){{0,12}} es (?:\w+ )?(?:normal|grave|peligroso|malo|preocupante)
    (?:puedo|debo|deberia|podria|conviene)(?: \w+){{0,5}} (?:correr|hacer (?:deporte|ejercicio|yoga|pilates)|entrenar|nadar|levantar peso|ir al gimnasio|volar|seguir (?:corriendo|entrenando|tomando|con)|parar de|poner (?:hielo|calor)|descansar|preocuparme|ir al (?:medico|hospital)|ir a urgencias|jugar)
    que (?:puedo|debo|hago|me recomienda\w*|me aconseja\w*|tomo|recomiendan|se puede)(?: \w+){{0,8}} (?:{_PAIN_ES}|{_BODY_ES})
    (?:{_PAIN_ES}|{_BODY_ES})(?: \w+){{0,10}} (?:que (?:puedo|debo|hago|me recomienda\w*|me aconseja\w*|puede ser|sera)|algun consejo|puede ser|podria ser|a que se debe)
    (?:que|cuales|cual)(?: \w+){{0,3}} (?:ejercicios?|estiramientos?|remedio|crema|tratamiento|terapia)(?: \w+){{0,6}} (?:para|contra|si|con|en caso)(?: \w+){{0,5}} (?:{_PAIN_ES}|{_BODY_ES}|{_STATE_ES})
    (?:segunda opinion|efectos secundarios|contraindica\w+|consejo medico|consulta medica|diagnosticar\w*)
    (?:resonancia|radiografia|analitica|ecografia|tac|informe|resultados?)(?: \w+){{0,4}} (?:dice|muestra|sale|significa\w*|pone|indica|salido)
    que significa\w*(?: \w+){{0,4}} (?:resultado\w*|diagnostico|resonancia|informe|radiografia)
    {_STATE_ES}(?: \w+){{0,12}} (?:puedo|debo|deberia|podria|es seguro|es peligroso|hay algun (?:problema|riesgo)|pasa algo|me conviene|puede hacer\w*)(?! (?:reservar|pedir|pagar|aparcar|cancelar|cambiar|venir|tener cita))
    (?:puedo|debo|seguro|peligroso|recomendable|malo|riesgo|posible|problema)(?: \w+){{0,8}} (?:estando|durante|si estoy|con|aunque|despues de|tras) (?:\w+ ){{0,3}}{_STATE_ES}
    cuanto(?: \w+){{0,4}} (?:curar\w*|recuper\w+|cicatriz\w+)
    (?:dois|puis|peux|faut|devrais|pourrais|peut|possible de)(?: \w+){{0,6}} {_DRUG_FR}
    (?:prendre|prends|melanger|associer|prescri\w+|combien de|quels?|quelle|effets)(?: \w+){{0,3}} {_DRUG_FR}
    (?:est ce|c est|ce n est|est il|serait ce)(?: \w+){{0,2}} (?:normal|grave|dangereux|mauvais|sans danger|inquietant|risque|conseille|bon)(?: \w+){{0,12}} (?:{_PAIN_FR}|{_BODY_FR}|{_STATE_FR}|traitement|seance)
    (?:{_PAIN_FR}|{_BODY_FR})(?: \w+){{0,12}} (?:est ce|c est|est il)(?: \w+){{0,2}} (?:normal|grave|dangereux|inquietant)
    (?:puis je|dois je|je peux|je dois|faut il|peut on|devrais je|est ce que je (?:peux|dois))(?: \w+){{0,4}} (?:courir|faire (?:du sport|du yoga|des exercices|du velo)|m entrainer|nager|porter|reprendre|continuer|arreter|mettre (?:de la glace|du froid|du chaud)|me reposer|m inquieter|voir un medecin|consulter|aller (?:a l hopital|aux urgences|chez le medecin)|prendre l avion|jouer|conduire)
    (?:que|qu est ce que|quoi)(?: \w+){{0,2}} (?:faire|prendre|conseillez|recommandez|puis je|dois je|je peux)(?: \w+){{0,8}} (?:{_PAIN_FR}|{_BODY_FR})
    (?:{_PAIN_FR}|{_BODY_FR})(?: \w+){{0,10}} (?:que (?:faire|dois je|puis je|me conseillez|conseillez)|qu est ce que (?:je|c est|cela|ca)|que dois|quoi faire|un conseil|des conseils|ca peut etre|cela peut|d ou)
    (?:quels?|quelles?)(?: \w+)? (?:exercices?|etirements?|remede|creme|traitement|soin|therapie)(?: \w+){{0,6}} (?:pour|contre|en cas|si|avec)(?: \w+){{0,5}} (?:{_PAIN_FR}|{_BODY_FR}|{_STATE_FR})
    (?:deuxieme avis|second avis|effets secondaires|contre ?indi\w+|avis medical|conseil medical|question medicale)
    (?:irm|radio|scanner|echographie|analyses?|resultats?|compte rendu)(?: \w+){{0,4}} (?:montre\w*|dit|disent|indique\w*|signifie\w*|revele\w*|veut dire|veulent dire)
    {_STATE_FR}(?: \w+){{0,12}} (?:puis je|dois je|je peux|peut on|est ce (?:que je peux|dangereux|sans danger|risque|possible|conseille)|y a t il (?:un|des) (?:risque|danger|probleme)\w*|est il (?:possible|dangereux|conseille))(?! (?:reserver|prendre rendez|payer|annuler|deplacer|me garer|venir))
    (?:puis je|peut on|je peux|danger\w*|risque\w*|conseille|possible|probleme)(?: \w+){{0,8}} (?:si je suis|en etant|pendant|avec|malgre|apres|enceinte|quand on est) (?:\w+ ){{0,3}}{_STATE_FR}
    (?:enceinte|pendant la grossesse)(?: \w+){{0,6}} (?:massage|seance|soin|sport)
    (?:massage|seance|soin|sport)(?: \w+){{0,6}} (?:enceinte|grossesse)
"""
