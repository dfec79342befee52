"""Words that questions to any business are made of, as data: which say nothing, which say little, which mean the same.

The groups cross languages, so that "Was kostet eine Massage?" finds a price that is written down in English.
Nothing here knows a business: what a passage says is found with its own words.
"""

# ruff: noqa: E501 - a pattern is read better in one line


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Greetings and manners: dropped, whatever the language.
SAYS_NOTHING = _set("""
    mother father mum mom dad wife husband son daughter grandmother grandfather friend mutter vater mama papa frau mann
    sohn tochter oma opa freund freundin madre padre mujer marido esposa esposo hijo hija abuela abuelo amigo amiga mère
    père femme mari fils fille grand ami amie uses using sits sitzt usa utilise somebody everybody jemand niemand alguien
    quelqu chez jusqu lorsqu puisqu nichts damit hacen hacéis hace haces faites fait font machen macht machst enter entrar
    entrer reinkommen hineinkommen mornings evenings afternoons vormittag vormittags morgens nachmittag nachmittags abends
    peux tarde matin soir mittags midi noon fois vez mal kinda guys driving drive
    hello hi hey dear name good morning afternoon evening please thanks thank regards kind cheers sorry excuse wondering
    wonder would like want know tell ask asking question questions help get give let see look looking interested info
    information details could can may might possible really also just maybe ok okay yes hope well today quick still need
    wanted take takes anything something someone anyone there bye goodbye hallo guten gute tag abend morgen bitte danke
    dank vielen grüße gruß freundlichen gerne gern möchte möchten würde wissen sagen frage fragen hätte könnte könnten
    brauche eigentlich denn interessiere interesse sehr geehrte hola buenos buenas días dias tardes noches gracias
    favor quisiera quiero saber pregunta decirme podría podrían puede pueden ayuda estimados información saludos bonjour
    bonsoir salut merci voudrais aimerais savoir pouvez pourriez svp plaît plait demande renseignement renseignements
    puis veux veut connaître connaitre conocer erfahren one another goes going geht gehen fährt fahren va van aller
    whats cordialement monsieur madame qu very lot muchas très beaucoup exactly genau möglich
    exactamente
    posible exactement ur thx pls plz along while etwas muss müssen soll sollen sollte darf dürfen brauchen braucht
    nötig must should needs needed debo debe debería deben tengo tenemos que dois doit doivent faut falloir
    necesito necesita besoin sobre about concerning regarding bezüglich wegen
    tomorrow come coming leave kommen komme venir tonight now next week currently whether heute woche
    nächste nächsten jetzt only solo sólo solamente sino seulement juste sondern lediglich mañana hoy semana demain
    maintenant semaine shud cud wud shld cld wld
""")

# Words that say a little: what kind of thing is asked for, not which. The business itself is no subject either.
SAYS_LITTLE: dict[str, float] = dict.fromkeys(
    _set("""
    offer offers offering accept accepted provide sell have has make available availability use which when time times
    kinds bieten bietet anbieten angebot haben verfügbar welche wann ofrecen ofrecéis tienen tenéis venden
    disponible hora horas heure heures uhr uhrzeit trouve trouver trouvez finden finde encuentro cuándo cuando
    proposez offrez avez vendez quand quel quelle quels quelles akzeptieren akzeptiert nehmen
    nehmt passiert pasa passe aceptan aceptáis aceptar acceptez
    acceptent prenez go number work works kostenlos gratis gratuit gratuite umsonst trotzdem anyway happens
    place order nummer abrechnen abrechnung
    clinic practice praxis klinik clínica clinica clinique cabinet office business company shop store
    """),
    0.25,
) | {
    # Where it hurts, which is told with many questions.
    **dict.fromkeys(
        _set("""
        knee knees back shoulder shoulders neck hip hips ankle ankles elbow wrist spine leg legs foot feet arm arms calf
        calves knie rücken schulter schultern nacken hüfte hüften knöchel ellenbogen handgelenk wirbelsäule bein beine
        fuß füße wade waden kreuz rodilla rodillas espalda hombro hombros cuello cadera tobillo codo muñeca pierna
        piernas pie pies brazo genou genoux dos épaule épaules nuque hanche cheville coude poignet jambe jambes pied
        pieds mollets
        """),
        0.25,
    ),
    # Hours, told in words.
    **dict.fromkeys(
        _set("""
        two three four five six seven eight nine eleven twelve quarter past sharp list
        vier fünf sechs sieben acht neun elf zwölf viertel liste
        tres cuatro cinco seis siete ocho nueve once doce lista
        trois quatre cinq sept huit neuf onze douze pile
        """),
        0.25,
    ),
    # What is asked for, where a word for the thing itself follows.
    **dict.fromkeys(_set("where wo dónde donde où"), 0.4),
    **dict.fromkeys(_set("much viel wieviel cuánto cuanto cuánta combien long lange"), 0.6),
}

# What people say in several words, often far apart, and the one word that means it.
SAID_OTHERWISE: tuple[tuple[str, str], ...] = (
    (
        r"\b(?:for )?(?:the |my )?(?:first|1st) time\b|\b(?:zum|beim) (?:ersten|1\.?) mal\b|\bprimera vez\b"
        r"|\b(?:première|1[eè]re) fois\b",
        "first visit",
    ),
    (r"\bsillas? de ruedas\b|\bfauteuil roulant\b", "wheelchair"),
    (
        r"\bpublic transport\w*\b|\böffentlichen?\b(?= verkehr|\W*$)|\btransporte público\b|\btransports? (?:en commun|publics?)\b",
        "bus",
    ),
    (r"\b(?:bono|abono) de\b|\b(?:zehner|10er)-?karten?\b|\b(?:carnet|forfait) de\b", "card ten"),
    (r"\bbar (?=(?:be)?zahlen|oder\b)|\ben liquide\b", "bargeld "),
    (r"\bnichts koste[tn]?\b|\bnichts (?:be)?zahlen\b", "kostenlos"),
    (
        r"\b(?:bis|ab) (?:wie ?viel uhr|wann)\b(?=[^.?!]{0,12}\b(?:da|offen|auf)\b|[^.?!]{0,4}\b(?:sind|seid|haben|habt)\b)",
        "geöffnet",
    ),
    (
        r"\b(?:until|till|from) (?:what time|when)\b|\b(?:come|drop|pop|stop) (?:by|in|round)\b(?=[^.?!]{0,12}\bon\b)",
        "open",
    ),
    (
        r"\b(?:something|anything|note|letter|paper|slip) from (?:(?:my|a|the) )?(?:doctor|doc|gp)\b"
        r"|\b(?:et)?was vom arzt\b|\b(?:algo|papel) del médico\b|\b(?:quelque chose|papier|mot) du médecin\b",
        "prescription",
    ),
    (r"\bso to speak\b|\bje cours\b", ""),
    (r"\bfrom (?:my|a|the) doctor\b|\bvom arzt\b|\bdel médico\b|\b(?:du|d['’]un|de mon) médecin\b", ""),
    (r"\bhow (?:do|can|would|should) (?:i|we) (?:get|come|travel) (?=to\b|there\b)", "directions "),
    (r"\bwie komm\w* (?:ich|wir|man)\b", "anfahrt"),
    (r"\bcómo (?:llego|llegar|llegamos|se llega)\b", "dirección"),
    (r"\bcomment (?:venir|arriver|s['’]y rendre|vous trouver)\b", "adresse"),
    (r"\b(?:show|turn) up\b|\b(?:can['’]?t|cannot|unable to) (?:come|make it)\b", "cancel"),
    (r"\bkann (?:\w+ ){0,2}nicht kommen\b", "absagen"),
    (r"\bhab(?:t|en)\b([^.?!]{0,40})\bauf\b(?=\W*$)", r"\1 geöffnet"),
    (r"\bsage?n?\b([^.?!]{0,40})\bab\b(?=\W*$)", r"\1 absagen"),
    (r"\b(?:(?:miss|missed|forget|forgot)|do(?:n['’]?t| not) (?:come|appear))\b(?= (?:my|an|the|our|to) )", "cancel"),
    (r"\bgift[- ](?:cards?|certificates?|vouchers?)\b|\bgeschenk(?:karten?|gutscheine?)\b", "voucher"),
    (r"\btarjetas? (?:de )?regalo\b|\b(?:cartes?|chèques?|bons?)[- ]cadeaux?\b", "voucher"),
    (r"\b(?:leave|put|park)\b(?=[^.?!]{0,15}\b(?:car|vehicle|bike)\b)", "parking"),
    (r"\b(?:auto|wagen|pkw)\b[^.?!]{0,20}\b(?:abstellen|lassen|hinstellen)\b", "parken"),
    (r"\b(?:dejar|dejo)\b(?=[^.?!]{0,12}\b(?:coche|carro|auto)\b)", "aparcar"),
    (r"\b(?:laisser|garer)\b(?=[^.?!]{0,12}\b(?:voiture|auto)\b)", "parking"),
    (r"\bhow (?:late|early|soon|far ahead)\b", "when"),
    (r"\bmoney[- ]back\b|\bgeld zurück\b|\bdevolver (?:el|mi) dinero\b|\bgeld wieder\b", "refund"),
    (r"\bdónde (?:queda|está|están|se encuentra)\b", "dónde"),
    (r"\bwo (?:befindet sich|befinden|finde ich)\b", "wo"),
    (r"\bseguro (?:médico|medico|de salud)\b", "seguro"),
    (r"\bsécurité sociale\b|\bseguridad social\b", "assurance"),
    (r"\bassurance[- ]maladie\b", "assurance"),
    (r"\bno[- ]?show\b|\b(?:don['’]?t|do not) (?:come|appear)\b", "cancel"),
    (r"\b(?:falto|faltar|pierdo)\b|\bno (?:voy|vengo|puedo ir)\b", "cancelar"),
    (r"\b(?:manque|rate|raté|manqué)\b|\bne (?:viens|peux) pas(?: venir)?\b", "annuler"),
    (r"\bwithout (?:paying|(?:a |any )?(?:charge|fee|cost)s?)\b", "free"),
    (r"\bohne (?:zu (?:be)?zahlen|(?:zusätzliche )?kosten|gebühr(?:en)?)\b", "kostenlos"),
    (r"\bsin (?:pagar|coste|costo|cargo)\b|\bsans (?:payer|frais)\b", "gratis"),
    # Whether insurers pay is no question about what it costs.
    (r"\bübernimm\w*\b([^.?!]{0,40})\bkosten\b|\bkosten\b([^.?!]{0,40})\bübernommen\b", r"versicherung \1"),
    (r"\bpri(?:s|se|t|end\w*|ses) en charge\b|\bprend\w* en charge\b", "couvre"),
    # What is to be brought is known: whether it is needed is asked.
    (r"\bbring (?=(?:a |an |my |the |any )?(?:referral|prescription))", ""),
    (r"\b(überweisung|rezept|verordnung) (?:mitbringen|mitnehmen)\b", r"\1"),
    (r"\b(?:traer|llevar|apporter) (?=(?:un |una |une |mon |mi )?(?:volante|receta|ordonnance))", ""),
    # What is not wanted is not asked about.
    (r"\b(?:do(?:n['’]?t| not)|no need)\b[^,;]*(?:,|\bbut\b)\s*(?=(?:\w+ ){0,2}(?:just|only)\b)", ""),
    (r"\b(?:nicht|keine?n?)\b[^,;]*,\s*(?=(?:\w+ ){0,3}(?:nur|sondern|lediglich)\b)", ""),
    (r"\bno (?:quiero|necesito|me)\b[^,;]*,\s*(?=(?:\w+ ){0,2}(?:sólo|solo|solamente|sino)\b)", ""),
    (r"\b(?:ne|n['’])[^,;]{0,30}\bpas\b[^,;]*,\s*(?=(?:\w+ ){0,3}(?:juste|seulement)\b)", ""),
    (r"\bcombien de temps\b|\bcuánto (?:tiempo|dura|tarda)\b", "long"),
)

# One paragraph, one meaning, in English, German, Spanish and French; what follows a bar only answers to it.
_MEANINGS = """
price prices pricing cost costs fee fees charge charges expensive much preis preise kosten kostet gebühr gebühren
teuer wieviel viel precio precios coste costo cuesta cuestan cuánto cuanto tarifa tarifas prix tarif tarifs coût coûte
coûtent coute combien cher priced rate rates preisliste kostenpunkt tarifliste costar tarification |
free kostenlos gratis gratuit

open opens opening hours close closes closing closed shut shuts öffnungszeiten öffnungszeit geöffnet offen öffnen öffnet
schließen schließt geschlossen horario horarios abierto abiertos abren abre cierran cierra horaires ouvert ouverts
ouverture ouvrez fermez fermeture fermé fermés öffnungs aufmachen zumachen aufhaben abrir cerrar apertura
cierre ouvrir fermer

address adress adres location located directions where adresse standort anfahrt wo dirección direccion ubicación
ubicacion
ubicados dónde donde emplacement situé située situés où

parking park garage car cars parken auto parkplatz parkplätze parkhaus aparcamiento aparcar estacionamiento estacionar
coche stationnement voiture stationner garer parkmöglichkeit parkmöglichkeiten parkgebühr parkgebühren parkhäuser
tiefgarage stellplatz stellplätze vehicle wagen autos coches aparcamientos parqueadero parquear carro voitures
parkings

cancel cancellation cancelling canceling reschedule postpone absagen absage stornieren stornierung verschieben
cancelar cancelación cancelacion anular annuler annulation reporter cancelled canceled cancels cancellations
rescheduling rebook absagt abgesagt storno storniert umbuchen umbuchung cancelo cancelaciones reprogramar aplazar
décaler déplacer reprogrammer

book booking appointment appointments reserve reservation termin termine buchen buchung reservieren vereinbaren cita
citas reservar reserva rendez rdv réserver réservation reserver

insurance aok barmer dak ikk bkk knappschaft axa allianz adeslas sanitas mapfre dkv insured insurer insurers coverage cover covers covered versicherung versichert versicherte versicherten
krankenkasse krankenkassen kasse gesetzlich übernimmt übernehmen übernommen kostenübernahme seguro seguros aseguradora
cubre cubren cubierto assurance assurances mutuelle couvre couvert remboursé rembourse insure krankenversicherung
krankenversichert versicherungen aseguradoras cobertura couverture mutuelles

pay payment payments credit debit card cards cash visa mastercard amex maestro girocard ec eckarte paypal zahlen
bezahlen zahlung kreditkarte kreditkarten karte karten kartenzahlung bargeld pagar pago pagos tarjeta tarjetas crédito
efectivo transferencia espèces régler payer paiement carte cartes bancaire crédit virement paying paid instalments
installments bezahlt bezahlung überweisen lastschrift ratenzahlung zahlungsarten zahlungsmethoden
pagamos pagas paiements payable virements prélèvement

old older oldest age alt älter ältere alter edad antigüedad âge ancien ancienne valid validity gültig gültigkeit validez
válida válido validité valable

ten zehn diez dix zehner

private privately privat privater privatversichert privatversicherte privatpatient privatpatienten privada
privado privados privée privés

phone telephone telefon telefonisch telefonnummer anrufen teléfono telefono llamar téléphone appeler

contact reach erreichen erreiche kontakt kontaktieren contactar contacto contacter joindre

email mail e-mail correo courriel emails mails correos courriels

service services treatment treatments leistung leistungen behandlung behandlungen servicio servicios tratamiento
tratamientos soin soins prestation prestations traitement traitements

long duration minutes lasts dauer dauert lange minuten dura duración duracion minutos durée dure last lasting minute
hours-long zeitaufwand tardar tarda durar durent

language languages speak speaks spoken spricht sprecht habla habláis parle parlent english german spanish french sprache sprachen sprechen deutsch englisch spanisch
französisch idioma idiomas hablan inglés alemán español francés langue langues parlez anglais allemand
espagnol français

emergency emergencies notfall notfälle urgencia urgencias urgence urgences urgent urgently dringend urgente urgentes

child children kid kids kind kinder niño niños niña niñas enfant enfants

wheelchair crutches krücken muletas béquilles disabled gehbehindert behindert stairs treppen treppe escaleras escaliers
accessible accessibility elevator lift rollstuhl barrierefrei aufzug silla accesible ascensor
fauteuil roulant ruedas ascenseur

shipping ship delivery deliver versand lieferung liefern liefert versenden envío envio envíos entrega livraison livrer
livrez shipped delivered deliveries shipment shipments lieferzeit lieferzeiten lieferungen geliefert verschicken
versendet zustellung envían entregan entregas despacho livré livrés livraisons expédition expédiez expédier

return returns refund refunds rückgabe umtausch erstattung devolución devolucion reembolso retour retours
remboursement returned refunded exchange exchanges zurückgeben zurücksenden rücksendung retoure retouren umtauschen
erstatten erstattet devolver devuelven devoluciones reembolsar cambiar rembourser renvoyer échange
échanger

voucher vouchers gift gutschein gutscheine vale regalo cadeau coupon coupons giftcard giftcards geschenkgutschein
geschenkgutscheine geschenkkarte cupón cupones bono bonos cadeaux

invoice invoices bill receipt rechnung rechnungen quittung factura facturas recibo facture factures reçu invoiced
bills receipts beleg belege facturación facturar recibos facturation facturer

massage massages massagen sportmassage sportmassagen masaje masajes

physiotherapy physio physiotherapie krankengymnastik fisioterapia physiothérapie kiné kinésithérapie

session sessions sitzung sitzungen sesión sesion sesiones séance séances

visit visits besuch visita visite

sports sport sportmassage deportivo deportiva deportivos sportif sportive

bus train tram metro subway station stop stops bahn straßenbahn bahnhof haltestelle tren estación autobús gare arrêt

discount discounts rabatt rabatte ermäßigung descuento descuentos réduction réductions remise promotion promotions
sale reduced angebot angebote nachlass ermäßigt rebaja rebajas promoción promociones oferta promo soldes
remises

monday mondays montag montags lunes lundi lundis

tuesday tuesdays dienstag dienstags martes mardi mardis

wednesday wednesdays mittwoch mittwochs miércoles miercoles mercredi mercredis

thursday thursdays donnerstag donnerstags jueves jeudi jeudis

friday fridays freitag freitags viernes vendredi vendredis

saturday saturdays weekend weekends wochenende samstag samstags sonnabend sábado sábados sabado samedi samedis

sunday sundays sonntag sonntags domingo domingos dimanche dimanches

holiday holidays feiertag feiertage feiertagen festivo festivos férié fériés
christmas easter weihnachten ostern silvester navidad pascua noël noel pâques

first initial erste erster erstes ersten ersttermin primera primer primero première premier

assessment examination evaluation untersuchung erstuntersuchung befund evaluación evaluacion valoración examen bilan
évaluation

bring mitbringen mitnehmen traer llevar apporter emporter

warranty warranties guarantee guarantees guaranteed garantie garantien gewährleistung garantía garantías garantizado
garantit

repair repairs repairing repaired fix fixed reparatur reparaturen reparieren repariert reparación reparaciones reparar
réparation réparations réparer dépannage

stock lager vorrätig lieferbar existencias agotado

size sizes größe größen talla tallas tamaño taille tailles

complaint complaints reklamation reklamationen beschwerde queja quejas reclamación réclamation réclamations plainte

quote quotes estimate estimates kostenvoranschlag kostenvoranschläge presupuesto presupuestos devis

deposit deposits prepayment anzahlung vorauszahlung kaution depósito señal fianza acompte caution

membership memberships subscription subscriptions mitgliedschaft abo abonnement abonnements suscripción suscripciones
abono socio adhésion

wifi wlan internet

dog dogs pet pets hund hunde haustier haustiere perro perros mascota mascotas chien chiens animal animaux

toilet toilets restroom bathroom wc toilette toiletten aseo aseos baño baños toilettes

job jobs vacancy vacancies career careers stellenangebote bewerben bewerbung empleo trabajo vacante
emploi emplois recrutement

student students pensioner pensioners senior seniors studenten rentner estudiantes jubilados étudiants retraités

team staff doctor doctors therapist therapists arzt ärzte ärztin therapeut therapeuten mitarbeiter médico médicos
doctora terapeuta équipe médecin médecins thérapeute personnel

prescription prescriptions referral rezept rezepte überweisung verordnung receta volante ordonnance ordonnances
"""
MEANINGS: dict[str, str] = {}
for _meaning in _MEANINGS.strip().split("\n\n"):
    _asked, _, _answering = " ".join(_meaning.split()).partition(" | ")
    for _word in _asked.split():
        MEANINGS.setdefault(_word, f"{_asked} {_answering}".strip())
