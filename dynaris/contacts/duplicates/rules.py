"""The rules of matching and of finding duplicates, as people read them; the code takes its weights from here."""

from typing import Literal

from pydantic import BaseModel, Field

LISTED_FROM = 0.5  # pairs below are not kept


class Rule(BaseModel):
    """One rule, in words."""

    name: str
    does: str
    weight: float | None = Field(
        default=None, description="How far it raises a score on its own, 0 to 1; or what it multiplies a score with."
    )
    effect: Literal["decides", "raises", "lowers"]
    example: str


def _decides(name: str, does: str, example: str) -> Rule:
    return Rule(name=name, does=does, effect="decides", example=example)


def _raises(name: str, weight: float, does: str, example: str) -> Rule:
    return Rule(name=name, does=does, weight=weight, effect="raises", example=example)


def _lowers(name: str, weight: float, does: str, example: str) -> Rule:
    return Rule(name=name, does=does, weight=weight, effect="lowers", example=example)


# The same names, in the same order, as in contacts/matching.py.
MATCHING = (
    _decides(
        "verified",
        "An arrival goes to the contact to whom its sender's address was proved to belong.",
        "Mail from ada@example.com, which Ada proved with a code: Ada's.",
    ),
    _decides(
        "known",
        "Else to the contact under which earlier messages from this address are filed.",
        "The second mail from ben@example.com: where the first one went.",
    ),
    _decides(
        "same_number",
        "Else to the contact with the same number on the telephone or on WhatsApp.",
        "A WhatsApp message from 43 660 1234567: whoever called from +43 660 1234567.",
    ),
    _decides(
        "claimed",
        "Else to the only contact that gave this address as its own, unless the sender's identity is proved "
        "(a proof never serves a claim) or its proof failed.",
        "A chat visitor typed cleo@example.com; an unproved mail from there is hers.",
    ),
    _decides("new", "Else a new contact is made.", "The first mail from dora@example.com."),
)

DUPLICATES = (
    _raises(
        "proved_address",
        0.9,
        "An address was proved to be the one's, and the other says that it is theirs.",
        "ada@example.com was proved by one contact; another one typed it in a chat.",
    ),
    _raises(
        "same_address",
        0.85,
        "Both say that the same personal address is theirs.",
        "Two chat visitors gave ada@example.com.",
    ),
    _raises(
        "same_number",
        0.8,
        "Both have the same number, on the telephone or on WhatsApp.",
        "+43 660 1234567 calls; 43660 1234567 writes on WhatsApp.",
    ),
    _raises(
        "same_name_and_birthday", 0.85, "The same name and the same date of birth.", "Ada Müller, both 1990-05-04."
    ),
    _raises(
        "same_name_and_company",
        0.75,
        "The same name, and addresses at the same company.",
        "Ada Mueller, ada@acme.example and a.mueller@acme.example.",
    ),
    _raises(
        "same_name_and_mailbox",
        0.75,
        "The same name, and the same name of a mailbox at different providers.",
        "Ada Müller, ada.mueller@gmail.com and adamueller@gmx.at.",
    ),
    _raises("same_name_and_postal_code", 0.7, "The same name and the same postal code.", "Ada Müller, both 1010."),
    _raises(
        "near_name_and_birthday",
        0.75,
        "Names that differ by one letter, and the same date of birth.",
        "Katrin Meier and Kathrin Meier, both 1990-05-04.",
    ),
    _raises(
        "near_name_and_company",
        0.6,
        "Names that differ by one letter, and addresses at the same company.",
        "Jon Smith and John Smith at acme.example.",
    ),
    _raises(
        "near_name_and_postal_code",
        0.55,
        "Names that differ by one letter, and the same postal code.",
        "Katrin Meier and Kathrin Meier, both 1010.",
    ),
    _raises(
        "rare_name",
        0.55,
        "The same name, of two words or more, whose words at most three contacts of the workspace bear.",
        "Two contacts are called Zdenka Ostermeyer, and nobody else is called either.",
    ),
    _raises("same_name", 0.3, "The same name; never enough by itself.", "Two of eleven contacts called Thomas Müller."),
    _raises(
        "same_mailbox_name",
        0.35,
        "The same name of a mailbox at different providers; never enough by itself.",
        "ada.mueller@gmail.com and ada.mueller@gmx.at, one without a name.",
    ),
    _raises(
        "number_ends_alike",
        0.3,
        "Numbers with the same last eight digits and another beginning; never enough by itself.",
        "+43 660 1234567 and +49 660 1234567: a wrong country code?",
    ),
    _raises(
        "shared_mailbox",
        0.2,
        "Both have an address that several people usually read.",
        "Two contacts with info@acme.example.",
    ),
    _lowers(
        "family",
        0.4,
        "They share a name but not the other: a family may share a telephone or a mailbox.",
        "Ada Müller and Ben Müller with one number.",
    ),
    _lowers("other_name", 0.6, "Their names have no word in common.", "Ada Müller and Zoe Novak with one number."),
    _lowers(
        "other_proved_mailbox",
        0.6,
        "Each proved another personal mail address, and their names are not the same.",
        "ada@example.com and ben@example.com, both proved.",
    ),
    _lowers("other_birthday", 0.3, "Their dates of birth differ.", "1990-05-04 and 1962-01-30."),
)

WEIGHTS = {rule.name: rule.weight for rule in DUPLICATES if rule.weight is not None}
