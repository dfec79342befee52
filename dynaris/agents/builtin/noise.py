"""Mail that no customer wrote, told by what it says, for where no header tells it; in four languages.

An inquiry taken for spam is lost, spam taken for an inquiry costs a glance: one sign never suffices, an answer to
something that we wrote is no spam, and what customers write (a question about our prices, a wish to be taken off a
list) is none of the signs.
"""

# ruff: noqa: E501 - a pattern is read better in one line

import re
from functools import lru_cache

from dynaris.agents.builtin.plain_words import any_of, folded
from dynaris.classifier import readings

_SCAM = any_of(r"""
    (?:lottery|lotto|sweepstakes?|jackpot|loteria|loterie|lotterie|gewinnbenachrichtigung)
    (?:you (?:have |ve )?|address (?:has )?|email (?:has )?)won
    (?:lucky )?winner
    (?:inheritance|next of kin|beneficiary|unclaimed (?:funds?|money|inheritance)|erbschaft|begunstigter|herencia|beneficiario|heritage|beneficiaire)
    (?:millions?|millionen|millones|\d{3} ?000)(?: \w+){0,2} (?:usd|us|dollars?|euros?|eur|pounds?|dolares|gbp)
    (?:transfer|release) (?:of )?(?:the |this |your )?(?:funds?|money|sum)
    (?:western union|moneygram|bitcoins?|crypto ?(?:currency|currencies|investments?|trading)?|krypto\w*|criptomonedas?|cryptomonnaies?|forex)
    (?:investment|trading) (?:opportunity|returns?|plan|platform)
    guaranteed (?:returns?|profits?|income)
    (?:loan offer|kreditangebot|sofortkredit|oferta de prestamo|prestamos? rapidos?|offre de pret|pret entre particuliers)
    your (?:e ?mail |bank |paypal |amazon )?(?:account|mailbox|password|domain|storage|apple id|paypal|e ?mail)(?: \w+){0,5} (?:suspended|expires?|expired|expiring|deactivated|locked|blocked|limited|closed|full)
    (?:verify|confirm|validate|update) your (?:\w+ )?(?:account|identity|mailbox|password|payment|billing|bank|wallet)(?: \w+)?
    (?:your )?(?:bank|credit card) (?:details|account number|information)
    copy of your (?:passport|id|identity card)
    (?:hacked|infected) your (?:device|computer|webcam|account)
    (?:your device|your computer|your system) (?:\w+ )?(?:hacked|infected)
    (?:viagra|cialis|casino|hot singles|adult dating|replica watches|weight loss pills)
    (?:ihr|dein) (?:\w+ )?(?:konto|paypal|postfach|passwort|zugang|paket)(?: \w+){0,6} (?:gesperrt|lauft ab|abgelaufen|eingeschrankt|deaktiviert|zuruckgehalten)
    (?:bestatigen|verifizieren|aktualisieren) sie (?:\w+ )?ihre? (?:\w+ )?(?:daten|konto|identitat|zahlungsdaten|bankdaten|zugangsdaten)
    sie haben (?:\w+ ){0,4}gewonnen
    (?:ihre bankdaten|kontodaten|kopie ihres (?:ausweises|reisepasses|personalausweises))
    ha ganado
    su (?:cuenta|contrasena|buzon|paquete|tarjeta)(?: \w+){0,6} (?:suspendid\w|bloquead\w|caducad\w|limitad\w|desactivad\w|retenid\w)
    (?:verifique|confirme|actualice) sus? (?:\w+ )?(?:cuenta|datos|identidad|contrasena|tarjeta)(?: bancari\w+)?
    (?:sus datos bancarios|copia de su pasaporte)
    vous avez gagne
    votre (?:compte|mot de passe|boite|colis|carte)(?: \w+){0,6} (?:suspendue?|bloquee?|expiree?|expire|limitee?|desactivee?|retenu)
    (?:verifiez|confirmez|mettez a jour|actualisez) (?:votre|vos) (?:\w+ )?(?:compte|donnees|identite|coordonnees|mot de passe|carte)(?: bancaires?)?
    (?:vos coordonnees bancaires|copie de votre passeport)
""")
_PITCH = any_of(r"""
    (?:seo|search engine optimi[sz]ation) (?:services?|package|packages|agency|expert|experts|audit|company|team|strategy)
    (?:our|my) seo
    (?:first|1st|top) page of google
    page (?:1|one) (?:of|on) google
    (?:rank|ranking|rankings) (?:\w+ ){0,2}(?:higher|on google|in google|on search)
    google ranking
    (?:backlinks?|guest posts?|guest blog|link building|link exchange|link insertion|sponsored (?:post|article)|domain authority|domain rating)
    (?:traffic|visitors) (?:to|for) your (?:\w+ )?(?:website|site|business|page)
    (?:increase|boost|grow|double|improve|skyrocket|explode|maximi[sz]e) your (?:\w+ ){0,2}(?:sales|traffic|revenue|visibility|ranking|rankings|leads|presence|business|seo|conversions?|followers|roi)
    (?:redesign|rebuild|revamp) (?:of )?your (?:website|logo|site)
    (?:web ?site|web|app|software|mobile app) (?:design|development) (?:company|services|agency|team|firm)
    (?:lead generation|(?:generate|qualified|exclusive|fresh) (?:\w+ )?leads)
    (?:targeted|verified|b2b) (?:\w+ )?(?:leads|contacts|traffic|email list|mailing list|database)
    dear (?:website|site|business|web ?site|domain|store|shop) (?:owner|admin|administrator)
    dear webmaster
    (?:instagram|tiktok|facebook|social media) (?:growth|followers|marketing services?|management services?)
    suchmaschinenoptimierung
    auf (?:seite|platz) (?:1|eins) (?:bei|von|auf|in) google
    (?:google|seo) ranking
    (?:neukundengewinnung|kundengewinnung|leadgenerierung|adressdatenbank|firmenadressen)
    mehr (?:kunden|besucher|sichtbarkeit|reichweite|umsatz|anfragen|patienten|gaste) (?:\w+ ){0,2}(?:fur ihre?n?|uber google|auf ihrer?|online|im internet|durch)
    (?:posicionamiento (?:web|seo|en google)|primera pagina de google|captacion de clientes)
    (?:aument\w+|increment\w+|multiplic\w+|dispar\w+) (?:sus|tus|las|el|su) (?:\w+ )?(?:ventas|trafico|visitas|visibilidad|facturacion)
    (?:diseno web|desarrollo web|diseno de paginas web)
    (?:referencement (?:naturel|seo|google|web)|premiere page de google|generation de leads|fichiers? de prospects)
    (?:augment\w+|boost\w+|develop\w+|doubl\w+) (?:votre|vos) (?:\w+ )?(?:trafic|ventes|visibilite|chiffre d affaires|notoriete)
    (?:creation de sites? (?:web|internet)|refonte de votre site)
""")
_SALES_TALK = any_of(r"""
    (?:we|i) (?:noticed|saw|found|reviewed|analy[sz]ed|checked)(?: \w+){0,2} your (?:website|site|page|business|company|profile|listing)
    (?:came|stumbled|come) (?:across|upon|on) your (?:website|site|page|business|company|profile)
    (?:visited|visiting|looking at|reviewing|browsing) your (?:website|site|page)
    (?:we are|i am|i m|we re) an? (?:\w+ ){0,3}(?:agency|company|expert|specialist|consultant|provider|developer|freelancer|manufacturer|supplier)
    we (?:speciali[sz]e in|help (?:businesses|companies|clinics|brands|practices|shops)|have helped|offer|provide|deliver)
    our (?:services?|solutions?|agency|package|packages|platform|software|clients|portfolio|experts|prices start)
    (?:quick|short|brief|15 minutes?|10 minutes?|15 min|10 min) (?:call|chat|demo|meeting|zoom)
    (?:free|no cost|complimentary) (?:audit|consultation|trial|demo|sample|website|analysis|report|proposal)
    (?:no obligation|limited time|special offer|act now|for only|per month|a month|click here|click the link|affordable|cost effective|your competitors|reply yes|if interested|let me know if you are interested|interested in (?:our|a|hearing|learning)|would you be interested|money back guarantee|100 guaranteed|today only)
    within (?:24|48) hours
    (?:claim (?:your|it|the|now)|congratulations|strictly confidential|kindly|dear (?:friend|beneficiary|customer|user|winner|beloved|sir madam|account holder)|urgent(?:ly)?|immediately)
    https?
    wir (?:bieten|sind eine|unterstutzen|helfen)(?: \w+){0,3} (?:unternehmen|praxen|betrieben?|agentur|firmen|ihnen)
    (?:ihre|ihrer) (?:webseite|website|internetseite|homepage)(?: \w+){0,4} (?:gestossen|aufgefallen|angesehen|gefunden|optimier\w*|verbesser\w*|modernisier\w*|analysiert)
    (?:unsere (?:agentur|losung|software|experten|dienstleistung\w*)|kostenlose\w* (?:analyse|beratung|erstberatung|demo|erstgesprach)|kurzes (?:telefonat|gesprach)|jetzt (?:sichern|kaufen|bestellen|anmelden|klicken)|klicken sie|nur (?:noch )?heute|pro monat|monatlich|sofort|innerhalb von (?:24|48) stunden|herzlichen gluckwunsch)
    (?:somos una (?:agencia|empresa)|nuestros? (?:servicios?|agencia|clientes|soluciones)|ofrecemos|ayudamos a (?:empresas|negocios|clinicas)|auditoria gratuita|consulta gratuita|sin compromiso|haga clic|oferta limitada|al mes|su (?:sitio|pagina) web|felicidades|en (?:24|48) horas|urgente)
    (?:nous sommes une (?:agence|entreprise|societe)|nos (?:services|clients|solutions|experts)|nous (?:proposons|aidons|offrons)|audit gratuit|sans engagement|cliquez|offre (?:limitee|speciale)|par mois|votre site|felicitations|sous (?:24|48) heures|urgent)
""")
_FOOTER = any_of(r"""
    (?:to |click (?:here )?to |you can |you may )?unsubscribe (?:here|link|at any ?time|instantly|reply|please reply|from (?:this|these|our|future)(?: \w+)?|click)
    to unsubscribe
    (?:manage|update|change) (?:your |my )?(?:e ?mail |subscription |mail )?(?:preferences|subscription)
    (?:view|read|open|see)(?: \w+){0,3} (?:online|in (?:your |a |the )?browser)
    you (?:are|re|ve|have)? ?(?:receiv(?:ing|ed|e)|received) this (?:e ?mail|mail|message|newsletter)(?: \w+)? (?:because|as|since)
    this (?:e ?mail|mail|newsletter) was sent to
    (?:newsletter|hier) (?:abmelden|abbestellen)
    (?:abmeldelink|vom newsletter abmelden|newsletter abzubestellen)
    im browser (?:ansehen|anzeigen|offnen|lesen)
    sie erhalten (?:diese|diesen) (?:e mail|mail|nachricht|newsletter)(?: \w+)? (?:weil|da|als)
    (?:darse de baja|cancelar (?:la |su |tu )?suscripcion|en (?:el|su|tu) navegador)
    recibes? este (?:correo|mensaje|email|boletin) porque
    (?:se desabonner|se desinscrire|desabonnez vous|pour vous desinscrire|dans (?:votre|le) navigateur)
    vous recevez (?:cet e mail|ce mail|ce message|ce courriel|cette newsletter) (?:car|parce)
""")
_PROMOTION = any_of(r"""
    https?
    (?:shop|order|buy|book|register|save|sign up|read|learn) (?:now|today|more)
    (?:sale ends|limited time|exclusive (?:offer|deal)s?|black friday|cyber monday|special offer|new arrivals|free shipping|\d+ off|this (?:week|month) s|newsletter|weekly digest|webinar|dear subscribers?)
    jetzt (?:sichern|kaufen|bestellen|shoppen|anmelden|entdecken|lesen)
    (?:rabattaktion|angebot der woche|neuheiten|nur fur kurze zeit|gutscheincode|\d+ rabatt)
    (?:compra ahora|oferta|descubre|boletin|novedades|codigo promocional)
    (?:achetez|profitez|decouvrez|nouveautes|code promo|offre exclusive|infolettre)
""")
_ASKS = re.compile(r"[?？]")
_SURE = 0.9
_FEW_WORDS = 25  # a newsletter has more


@lru_cache(maxsize=64)
def noise_in(text: str, *, first: bool) -> str | None:
    """Why nobody needs to answer this, for people to read; `first`: it answers nothing that we wrote."""
    if not _ASKS.search(text) and any(reading.of("auto_reply") >= _SURE for reading in readings(text)):
        return "an automatic reply"
    if not first:
        return None
    words = folded(text)
    talk = _signs(_SALES_TALK, words)
    footer = _signs(_FOOTER, words)
    scam = _signs(_SCAM, words)
    if scam >= 3 or (scam == 2 and talk) or (scam == 1 and talk >= 2):
        return "this looks like a fraud"
    pitch = _signs(_PITCH, words)
    if (pitch or footer) and pitch + talk + footer >= 3:
        return "advertising for somebody's services"
    if is_circular(text) and (_signs(_PROMOTION, words) or footer > 1):
        return "a newsletter"
    return None


def is_circular(text: str) -> bool:
    """Sent to many: how to unsubscribe stands below it, which is no wish of who writes."""
    words = folded(text)
    return words.count(" ") > _FEW_WORDS and _FOOTER.search(words) is not None


def _signs(pattern: re.Pattern[str], words: str) -> int:
    """Different ones: a word said again tells nothing new."""
    return len({match[0] for match in pattern.finditer(words)})
