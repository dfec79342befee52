"""How people ask for data: their own, somebody else's, or what is not for customers; as `concern_words.py`."""

# ruff: noqa: E501 - a pattern is read better in one line

PRIVACY = r"""
    (?:gdpr|dsgvo|rgpd|lopd|ccpa)
    data (?:protection|privacy|subject)\w*
    privacy (?:request|rights|officer|violation)
    (?:delet|eras|remov|wip|forget)\w*(?: \w+){0,5} (?:data|information|accounts?|records?|details|profile|photos?|pictures?|history)
    (?:data|information|account|records|details|profile)(?: \w+){0,4} (?:deleted|erased|removed)
    (?:what|which|all)(?: \w+){0,2} (?:data|information|details)(?: \w+){0,5} (?:about|on|of|from) me
    (?:copy|access|export|overview|print\w*)(?: \w+){0,5} my (?:\w+ ){0,2}(?:data|records?|file|information)
    (?:happens|do you do|store|stored|keep|share|shared|sell|sold|gave|give|pass\w*)(?: \w+){0,3} my (?:\w+ )?(?:data|information|details|address|number|records)
    (?:right to be forgotten|personal data)
    (?:see|read|view|inspect|get|have|request|receive|send me)(?: \w+){0,3} my (?:\w+ )?(?:file|records?|medical history)
    where did you get my (?:\w+ )?(?:address|number|mail|email|data|details|e mail)
    datenschutz\w*
    (?:meine|personliche\w*|personenbezogene\w*|gespeicherte\w*) (?:\w+ )?daten
    daten(?: \w+){0,5} (?:loschen|geloscht|entfernen|entfernt|loschung|herausgeben|speicher\w*|gespeichert)
    (?:losch|entfern)\w*(?: \w+){0,5} (?:daten|konto|account|akte|profil)
    (?:welche|was fur) (?:\w+ )?daten(?: \w+){0,4} (?:mich|mir)
    (?:patienten|kranken)akte
    (?:woher|von wem) haben sie (?:\w+ )?(?:meine|mein)
    datenauskunft
    (?:borr|elimin|suprim|cancel)\w*(?: \w+){0,4} (?:datos|cuenta|perfil|historial clinico)
    (?:mis|de) datos(?: personales)?
    que datos(?: \w+){1,4} (?:mi|mio|mios)
    proteccion de datos
    (?:historia|historial) (?:clinic[oa]|medic[oa])
    (?:supprim|effac)\w*(?: \w+){0,5} (?:donnees|compte|dossier|profil|informations)
    (?:mes|donnees) (?:donnees|personnelles)
    quelles donnees
    mon dossier(?: medical)?
    protection des donnees
    droit a l oubli
"""

_KIN = (
    r"(?:wife|husband|partner|girlfriend|boyfriend|mother|mom|mum|father|dad|son|daughter|sister|brother|friend|neighbou?r|boss|employee|colleague"
    r"|ex|fiancee?|uncle|aunt|grandm\w+|grandf\w+|cousin|roommate|flatmate|client|patient|tenant|in law)"
)
_KIN_DE = (
    r"(?:frau|mann|partner(?:in)?|freund(?:in)?|mutter|vater|sohn(?:es)?|tochter|schwester|bruder|bruders|nachbar(?:in|n)?|chef(?:in)?|kolleg\w+|mitarbeiter\w*"
    r"|ex|exmann\w*|exfrau|oma|opa|schwieger\w+|tante|onkel|mannes|vaters|lebensgefahrt\w*)"
)
_KIN_ES = r"(?:mujer|esposa|marido|esposo|pareja|novi[oa]|madre|padre|hij[oa]|hermana?o?|amig[oa]|vecin[oa]|jef[ea]|emplead[oa]|companer[oa]|ex|suegr[oa]|abuel[oa])"
_KIN_FR = (
    r"(?:femme|mari|epouse|epoux|compagn\w+|conjoint\w*|copain|copine|mere|pere|fils|fille|soeur|frere|ami\w*|voisin\w*|patron|chef|employee?|collegue|ex|grand mere"
    r"|grand pere|belle mere|beau pere)"
)
_THEIRS = r"(?:appointments?|bookings?|reservations?|sessions?|visits?|records?|file|results?|invoices?|bills?|treatments?|room|orders?|diagnos[ie]s|data|details|address|phone|number|contract|account|history|report)"
_THEIRS_DE = r"(?:termine?|buchung\w*|sitzung\w*|rechnung\w*|akte|befund\w*|behandlung\w*|daten|adresse|nummer|telefonnummer|bestellung\w*|vertrag|diagnose|ergebnis\w*|zimmer)"
_THEIRS_ES = r"(?:citas?|reservas?|sesion\w*|facturas?|historial|resultados?|tratamientos?|datos|direccion|numero|telefono|pedidos?|diagnostico|habitacion|informe)"
_THEIRS_FR = r"(?:rendez vous|rdv|reservations?|seances?|factures?|dossiers?|resultats?|traitements?|donnees|adresse|numero|telephone|commandes?|diagnostic|chambre|compte rendu)"

OTHERS = rf"""
    (?:when|what time|which|what|why|whether|if|did|tell|give|send|show|know|find out|confirm|check|see|access|read|get|need|want|look up|cancel|move|change|reschedule|forward)(?: \w+){{0,6}} {_KIN} (?:\w+ )?(?:s|has|have|had)(?: \w+){{0,3}} {_THEIRS}
    (?:what|which|when|why|whether|where|how|if)(?: \w+){{0,3}} (?:my|our) {_KIN} (?:\w+ )?(?:had|got|paid|booked|is booked|was treated|came|is there for|is being treated|cancelled|canceled)
    my {_KIN}(?: \w+){{0,2}} (?:has|had|have) (?:an? |her |his |another |already )?{_THEIRS}(?: \w+){{0,14}} (?:when|what|which|where|who|how|tell|confirm|know)
    (?:has|did|does|is|was|were) (?:my|our) {_KIN}(?: \w+){{0,2}} (?:booked|book|made|come|came|attend|coming|there|been|visit\w*|attend\w*|show\w*|a (?:patient|customer|client|guest)|arrived|paid|pay|cancel\w*|treated|checked)
    (?:is|was|has|did|does) (?:mr|mrs|ms|miss|dr) \w+(?: \w+)? (?:(?:a|your) (?:patient|customer|client|guest)|coming|booked|book|have|visit\w*|treated|stay\w*|been)
    (?:list\w*|names?|numbers?|address\w*|e ?mails?|mails?|details|data|database|records?|show|give|send|export)(?: \w+){{0,3}} (?:all|your|other|the|of|every|any) (?:\w+ )?(?:customers?|clients?|patients?|guests?|users?|members|contacts)(?: s)?
    (?:your|all|other|another|every) (?:\w+ )?(?:customers?|clients?|patients?|guests?|members?|employees?|therapists?|staff)(?: s)? (?:\w+ ){{0,2}}(?:names?|numbers?|phone\w*|address\w*|e ?mails?|details|data|list|records?|bookings?|appointments?)
    (?:customer|client|patient|guest|member|contact) (?:list|data|database|records?|details|names)
    (?:private|home|mobile|cell|personal) (?:\w+ )?(?:number|address|phone)(?: \w+)? of
    (?:private|home) (?:phone |mobile )?(?:number|address)
    (?:who|which (?:patients?|customers?|clients?|guests?|people))(?: else)? (?:is coming|has an appointment|has booked|booked|has the|are coming|comes today|have appointments|is staying|is booked|s booked)
    (?:someone|somebody|another person|other people) (?:else )?s (?:\w+ )?{_THEIRS}
    (?:wann|was|welche\w*|warum|ob|wissen|sagen|schicken|senden|geben|bestatigen|zeigen|nachsehen|auskunft|absagen|verschieben|brauche)(?: \w+){{0,8}} (?:mein\w*|unser\w*) (?:\w+ )?{_KIN_DE}(?: \w+){{0,6}} {_THEIRS_DE}
    (?:mein\w*|unser\w*) (?:\w+ )?{_KIN_DE}(?: \w+){{0,4}} (?:hat|hatte) (?:\w+ ){{0,6}}{_THEIRS_DE}(?: \w+){{0,14}} (?:wann|was|welche\w*|wo|wie|sagen|bestatigen|wissen|worum)
    (?:wann|um wie viel uhr|was|warum) (?:hat|hatte|ist|war) (?:denn )?(?:mein\w*|unser\w*) (?:\w+ )?{_KIN_DE}
    {_THEIRS_DE} (?:\w+ ){{0,2}}(?:mein\w*|unser\w*) {_KIN_DE}
    (?:hat|ist|war|kommt) (?:mein\w*|unser\w*) (?:\w+ )?{_KIN_DE}(?: \w+){{0,3}} (?:gebucht|(?:einen|ihren|seinen) termin|da|bei ihnen|in behandlung|bezahlt|patient\w*|kund\w+)
    (?:ist|war|hat|kommt) (?:herr|frau) \w+(?: \w+){{0,4}} (?:patient\w*|kund\w+|gast|bei ihnen|termin\w*|gebucht|in behandlung)
    (?:liste|namen|nummern|telefonnummern|adressen|mails|daten|kontaktdaten)(?: \w+){{0,3}} (?:kunden|patienten|gaste|mitglieder|mitarbeiter|patientinnen|kundinnen)
    (?:kunden|patienten|gaste|mitglieder)(?:liste|daten|namen|kartei|datenbank)\w*
    (?:private|privaten) (?:telefon|handy)?(?:nummer|adresse)
    (?:wer|welche (?:patienten|kunden|gaste)) (?:\w+ ){{0,3}}(?:hat|haben|kommt|kommen) (?:\w+ ){{0,5}}(?:termin\w*|gebucht|vor mir|nach mir)
    (?:cuando|que|cual|por que|si|saber|decirme|dime|enviarme|confirmar|dar|darme|ver|cancelar|cambiar)(?: \w+){{0,6}} (?:mi|nuestr[oa]) {_KIN_ES}(?: \w+){{0,4}} {_THEIRS_ES}
    (?:cuando|que dia|a que hora)(?: \w+){{0,3}} (?:cita|reserva|hora|sesion)(?: \w+)? mi {_KIN_ES}
    (?:ha|han|habia|cuando) (?:venido|reservado|ido|pagado|llegado|pedido|cancelado|viene|va) mi {_KIN_ES}
    {_THEIRS_ES}(?: \w+){{0,2}} de (?:mi|nuestr[oa]|otr[oa]s?) (?:{_KIN_ES}|persona\w*|client\w+|paciente\w*)
    mi {_KIN_ES}(?: \w+){{0,2}} (?:tiene|tenia) (?:\w+ ){{0,3}}{_THEIRS_ES}(?: \w+){{0,12}} (?:cuando|que|a que|cual|decirme|confirmar|saber)
    (?:lista|listado|nombres?|telefonos?|numeros?|direcciones|correos|datos|base de datos)(?: \w+){{0,3}} (?:clientes|pacientes|huespedes|socios|empleados|usuarios)
    (?:numero|telefono|direccion) (?:particular|privad[oa]|personal)
    (?:quien|quienes|que (?:pacientes|clientes)) (?:\w+ ){{0,2}}(?:tiene|tienen|viene|vienen) (?:\w+ ){{0,3}}(?:cita|citas|hoy|reserva\w*)
    (?:ha|han|esta|es) (?:\w+ )?(?:mi|el senor|la senora) (?:{_KIN_ES}|\w+)(?: \w+){{0,3}} (?:reservado|cita|pacientes?|clientes?)
    (?:quand|que|quoi|quel\w*|si|pourquoi|savoir|dire|envoyer|confirmer|donner|voir|connaitre|annuler|deplacer)(?: \w+){{0,8}} (?:ma|mon|notre) {_KIN_FR}(?: \w+){{0,4}} {_THEIRS_FR}
    {_THEIRS_FR}(?: \w+){{0,2}} (?:de|d) (?:ma|mon|notre|un|une|l)? ?(?:autre )?(?:{_KIN_FR}|personnes?|clients?|patients?)
    (?:ma|mon) {_KIN_FR}(?: \w+){{0,3}} a (?:\w+ ){{0,2}}{_THEIRS_FR}(?: \w+){{0,14}} (?:quand|quoi|quelle?|heure|dire|confirmer|savoir)
    (?:liste|noms?|numeros?|telephones?|adresses|mails|donnees|coordonnees)(?: \w+){{0,3}} (?:clients?|clientes|patients?|patientes|membres|employes|utilisateurs)
    (?:numero|adresse|telephone) (?:prive\w*|personnel\w*)
    (?:qui|quels? (?:patients?|clients?)) (?:\w+ ){{0,2}}(?:a|ont|vient|viennent) (?:\w+ ){{0,2}}(?:rendez vous|rdv|reserve)
"""

INTERNAL = r"""
    (?:it|security) (?:department|support team)
    (?:system|server) administrator
    admin (?:access|rights|password)
    passwords?
    (?:api keys?|credentials|login (?:details|data)|source code|system prompt|admin panel)
    (?:previous|prior|above|your|all|earlier) (?:instructions|prompt|rules|guidelines)
    (?:this is|i am|i m) (?:the )?(?:\w+ ){0,3}(?:owner|ceo|boss|director|administrator|developer)
    from now on
    (?:turnover|revenue|profit|salar(?:y|ies)|how much do (?:you|your \w+) earn)
    (?:it abteilung|passwort|passworter|zugangsdaten|administrator|quellcode|systemprompt|vorherige\w* anweisung\w*|alle\w* anweisung\w*)
    ab sofort (?:kostet|gilt|sind)
    (?:ich bin|hier ist) (?:der|die) (?:\w+ )?(?:inhaber\w*|chef\w*|geschaftsfuhr\w*|eigentumer\w*)
    (?:umsatz|gehalt|gewinn)
    (?:contrasena|contrasenas|credenciales|administrador|codigo fuente|instrucciones anteriores|departamento de informatica)
    (?:soy|habla) (?:el|la) (?:duen[oa]|propietari[oa]|director\w*)
    (?:mots? de passe|identifiants|administrateur|code source|instructions (?:precedentes|systeme)|service informatique)
    (?:je suis|ici) (?:le|la) (?:proprietaire|patron\w*|gerant\w*|direct(?:eur|rice))
"""
