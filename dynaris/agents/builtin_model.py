"""The built-in model: answers without any key, deterministically, from what a language model would be given.

It reads the messages and the tool definitions of a request and nothing else. What `agents/context.py` renders
into the instructions, and this model reads (attribute values and texts XML-escaped, unknown attributes left out,
each block at most once unless said otherwise):

    <task>specialist: chat</task>                    or `supervisor`
    <business name="…" timezone="Europe/Berlin" open_now="true|false">opening hours in words</business>
    <channel name="webchat" subject="…" salutation="true|false" proactive="true|false"/>
                                                     salutation: a greeting line belongs over a reply (e-mail)
    <contact name="…" status="lead" identity="verified|claimed|failed" email="…" phone="…" language="de"></contact>
    <passages>                                       searched with the contact's text, best first
      <passage id="…" title="…" heading="…" score="0.83">text</passage>
    </passages>
    <history>                                        older messages that are not in the message history
      <message from="contact|agent|member" at="2026-01-01T10:00:00Z">text</message>
    </history>
    <now>2026-01-01T10:00:00+00:00</now>

Earlier turns come as the message history; the last user prompt is the contact's new text. Prompts that nobody
typed begin with `REJECTED` (a teammate rejected the draft; the reason follows) or `WOKEN` (nobody wrote; why
the turn is due follows).
"""

REJECTED = "A teammate rejected your draft:"
WOKEN = "Nobody wrote:"
