"""Who is in danger is sent to the emergency services and to a person; who asks about emergencies is answered."""

import time

import pytest
from pydantic_ai.messages import ToolCallPart

from dynaris.agents.builtin.emergency import is_emergency
from dynaris.agents.builtin.given import read
from dynaris.agents.builtin.route import route
from tests.agents.asked import PARKING, calls, says, step, told, wrote

DANGER = {
    "en": [
        "My father just collapsed and is not breathing!",
        "He isn't breathing",
        "I cant breath",
        "My daughter swallowed bleach",
        "My grandmother fell and is bleeding from her head",
        "I can't feel my legs",
        "I don't want to live anymore",
        "wound infected, 40 degrees fever",
        "I think I'm having a stroke",
        "I'm having an allergic reaction, throat swelling",
        "chest hurts and my arm is numb",
        "my mom is unconcious",
        "My father had a stroke 10 minutes ago",
        "my dad fell down the stairs and won't wake up",
        "I cant feel between my legs and I wet myself without noticing",
        "dad's face is hanging on one side and he talks funny",
        "Emergency!",
    ],
    "de": [
        "Mein Kind hat hohes Fieber und Krampfanfälle, Notfall!",
        "Notfall!",
        "Meine Frau atmet nicht mehr",
        "Ich will nicht mehr leben",
        "Mein Sohn hat Tabletten verschluckt",
    ],
    "es": ["¡Emergencia!", "Mi padre no respira", "Mi hija se tragó lejía", "Me duele el pecho"],
    "fr": [
        "Mon père ne respire plus",
        "Urgence! mon bébé fait des convulsions",
        "Au secours !",
        "J'ai mal à la poitrine",
    ],
}
CALL_NOW = {"en": "emergency services", "de": "Notruf", "es": "servicios de emergencia", "fr": "secours"}


@pytest.mark.parametrize(("language", "text"), [(language, text) for language in DANGER for text in DANGER[language]])
def test_danger_is_handed_on_as_urgent_with_the_word_to_call_for_help(language: str, text: str) -> None:
    name, arguments = calls(told(passages=(PARKING,)), wrote(text))
    assert (name, arguments["reason"]) == ("escalate", "this may be an emergency")
    assert CALL_NOW[language] in arguments["message"]
    assert route(read("", [wrote(text)]))["priority"] == "urgent"


@pytest.mark.parametrize(
    "text",
    [
        "what is your emergency number?",
        "do you treat stroke patients?",
        "Are you open in emergencies?",
        "My father had a stroke last year, do you offer physiotherapy?",
        "Nach einem Schlaganfall braucht meine Mutter Krankengymnastik",
        "Haben Sie im Notfall geöffnet?",
        "¿Atienden urgencias?",
        "Quel est votre numéro d'urgence ?",
        "My arm is numb since Monday, which treatment?",
        "I hurt myself at football",
        "I took my medication, can I come?",
    ],
)
def test_a_question_about_emergencies_and_an_old_one_are_none(text: str) -> None:
    assert not is_emergency(text)
    part = step(told(), wrote(text))
    assert not (isinstance(part, ToolCallPart) and "emergency" in part.args_as_dict().get("reason", ""))


def test_who_says_that_it_is_no_emergency_is_answered() -> None:
    assert PARKING[1] in says(told(passages=(PARKING,)), wrote("I do not have an emergency, do you have parking?"))


def test_a_text_without_end_that_denies_it_all_costs_no_time() -> None:
    began = time.process_time()
    assert not is_emergency("no fainted " * 10_000)
    assert time.process_time() - began < 2
