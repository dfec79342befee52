"""Which field of a form is what: as its settings say, else by the names that forms have in five languages."""

import re
import unicodedata
from collections.abc import Mapping

from dynaris.channels.forms.settings import FormSettings

# Of the form itself, not of the lead.
NEXT, KEY = "_next", "_idempotency_key"
CONTROLS = frozenset({NEXT, KEY})

_NAMES: dict[str, str] = {
    "first_name": "firstname givenname forename fname vorname prenom nomdepila primernombre nombredepila",
    "last_name": "lastname surname familyname lname nachname familienname nomdefamille cognome apellido apellidos",
    "name": "name fullname yourname contactname ihrname vollername nom nomcomplet votrenom nome nomecompleto "
    "nomeecognome nombre nombrecompleto nombreyapellidos vornameundnachname",
    "email": "email mail emailaddress mailaddress youremail ihreemail emailadresse mailadresse adressemail "
    "adresseemail adresseelectronique courriel votreemail posta postaelettronica indirizzoemail correo "
    "correoelectronico direcciondecorreo suemail tucorreo",
    "phone": "phone phonenumber telephone telephonenumber tel mobile mobilenumber mobilephone cell cellphone telefon "
    "telefonnummer rufnummer handy handynummer mobil mobilnummer numerodetelephone portable telefono "
    "numeroditelefono cellulare telefonomovil movil celular numerodetelefono",
    "company": "company companyname organization organisation business firma firmenname unternehmen societe entreprise "
    "azienda societa ditta ragionesociale empresa compania",
    "subject": "subject topic yoursubject betreff thema sujet objet oggetto asunto tema",
    "message": "message yourmessage text body comment comments question inquiry enquiry nachricht ihrenachricht "
    "anfrage mitteilung kommentar frage anliegen votremessage commentaire demande messaggio commento richiesta domanda "
    "mensaje comentario comentarios consulta pregunta",
}
_KNOWN = {name: target for target, names in _NAMES.items() for name in names.split()}
_IN_BRACKETS = re.compile(r".*\[([^\[\]]+)\]$")


def mapping_of(settings: FormSettings, names: Mapping[str, str]) -> dict[str, str]:
    """{form field: target} for the fields of one submission; of two that could be the same, the first is."""
    if settings.fields:
        return {name: target for name, target in settings.fields.items() if name in names}
    found: dict[str, str] = {}
    for name in names:
        target = _KNOWN.get(plain(name))
        if target and target not in found.values():
            found[name] = target
    return found


def plain(name: str) -> str:
    """`form_fields[E-Mail]` is `email`: the innermost name, without accents, signs and case."""
    inner = _IN_BRACKETS.match(name)
    letters = unicodedata.normalize("NFKD", (inner[1] if inner else name).lower().replace("ß", "ss"))
    return re.sub(r"[^a-z0-9]", "", letters)


def example_fields(settings: FormSettings) -> dict[str, str]:
    """{form field: target} of the form that is shown to try it, and of the snippet."""
    if settings.fields:
        return settings.fields
    phone = {"phone": "phone"} if settings.answer == "call" else {}
    return {"name": "name", "email": "email", **phone, "message": "message"}
