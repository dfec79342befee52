"""Every change over HTTP with the line of the audit log that it leaves: performed here, elsewhere, or justified."""

from dynaris.core.ids import new_id
from tests.evals.examples import a_case
from tests.flows.audit_desk import (
    CANNED,
    OWN_AGENT,
    PROVIDER,
    RECORD,
    Desk,
    Story,
    account,
    address_of,
    asking_for_booking,
    at,
    auto_mode_on,
    batch,
    booking,
    calendar_feed,
    calendar_person,
    canned_reply,
    changing_provider,
    changing_record,
    contact,
    document,
    event,
    held_booking,
    in_team,
    joining,
    keeping_secret,
    key,
    merge,
    merging,
    message_on_whatsapp,
    moving,
    new_version,
    of_fact,
    past_booking,
    planning,
    rehearsal,
    remembering,
    removing_agent,
    removing_provider,
    removing_record,
    restoring,
    service,
    source,
    step,
    suggestion,
    tag,
    tagging,
    tagging_many,
    task,
    team,
    telling,
    template,
    testing_slack,
    transcript,
    trying_out,
    unsent_message,
    untagging,
    uploading,
    web_page,
    web_source,
    writing_first,
)

# By route: the action, and how it comes to it.
PERFORMED: dict[str, tuple[str, Story]] = {
    "POST /api/agents": ("agent.created", lambda d: d.api.post("/api/agents", json=OWN_AGENT)),
    "POST /api/agents/{agent}/try": (
        "agent.tried",
        lambda d: d.api.post("/api/agents/chat/try", json={"messages": [{"author": "contact", "text": "Hello"}]}),
    ),
    "DELETE /api/agents/{agent}": ("agent.removed", removing_agent),
    "PATCH /api/agents/{agent}": ("agent.changed", lambda d: d.api.patch("/api/agents/chat", json={"max_steps": 5})),
    "POST /api/agents/{agent}/versions/{agent_version}/restore": ("agent.changed", restoring),
    "PUT /api/agents/{agent}/mcp-secret": ("agent.mcp_secret", keeping_secret),
    "POST /tenants/agents": ("agent.created", lambda d: d.api.post("/tenants/agents", json=RECORD)),
    "PATCH /tenants/agents/{agent_id}": ("agent.changed", changing_record),
    "DELETE /tenants/agents/{agent_id}": ("agent.removed", removing_record),
    "POST /api/model-providers": ("model_provider.added", lambda d: d.api.post("/api/model-providers", json=PROVIDER)),
    "PATCH /api/model-providers/{provider}": ("model_provider.changed", changing_provider),
    "DELETE /api/model-providers/{provider}": ("model_provider.removed", removing_provider),
    "POST /api/model-providers/try": (
        "model_provider.tried",
        lambda d: d.api.post("/api/model-providers/try", json={"model": "builtin"}),
    ),
    "PATCH /api/model-spending": (
        "model_spending.changed",
        lambda d: d.api.patch("/api/model-spending", json={"monthly_cap": "50"}),
    ),
    "POST /api/accounts": ("account.connected", lambda d: d.api.post("/api/accounts", json={"channel": "webchat"})),
    "PATCH /api/accounts/{account_id}": (
        "account.changed",
        lambda d: at(d, "patch", account, "/api/accounts/{}", {"enabled": False}),
    ),
    "POST /api/accounts/{account_id}/secrets": (
        "account.changed",
        lambda d: at(d, "post", account, "/api/accounts/{}/secrets", {"field": "identity_secret"}),
    ),
    "DELETE /api/accounts/{account_id}": ("account.removed", lambda d: at(d, "delete", account, "/api/accounts/{}")),
    "POST /api/accounts/{account_id}/check": (
        "account.checked",
        lambda d: at(d, "post", account, "/api/accounts/{}/check"),
    ),
    "PUT /api/accounts/{account_id}/mappings": (
        "account.mapped",
        lambda d: at(d, "put", account, "/api/accounts/{}/mappings", {"items": [{"ai_agent_id": "chat"}]}),
    ),
    "PATCH /api/templates/{template_id}": (
        "template.changed",
        lambda d: at(d, "patch", template, "/api/templates/{}", {"purpose": "Reminders"}),
    ),
    "DELETE /api/api-keys/{id}": ("api_key.revoked", lambda d: at(d, "delete", key, "/api/api-keys/{}")),
    "POST /api/approvals/{approval_id}": (
        "approval.rejected",
        lambda d: at(d, "post", Desk.approval, "/api/approvals/{}", {"decision": "reject", "reason": "shorter"}),
    ),
    "POST /api/contacts": ("contact.created", lambda d: d.api.post("/api/contacts", json={"name": "Ada"})),
    "PATCH /api/contacts/{contact_id}": (
        "contact.changed",
        lambda d: at(d, "patch", contact, "/api/contacts/{}", {"name": "Eve", "fields": {"shoe": 38}}),
    ),
    "POST /api/contacts/merge": ("contact.merged", merging),
    "POST /api/contacts/merges/{merge_id}/undo": (
        "contact.merge_undone",
        lambda d: at(d, "post", merge, "/api/contacts/merges/{}/undo"),
    ),
    "POST /api/contacts/{contact_id}/addresses": (
        "contact.address_added",
        lambda d: at(
            d, "post", contact, "/api/contacts/{}/addresses", {"kind": "email", "value": f"{new_id().hex}@e.example"}
        ),
    ),
    "DELETE /api/contacts/{contact_id}/addresses/{address_id}": (
        "contact.address_removed",
        lambda d: at(d, "delete", address_of, "{}"),
    ),
    "POST /api/contacts/{contact_id}/addresses/{address_id}/verify": (
        "contact.address_verified",
        lambda d: at(d, "post", address_of, "{}/verify"),
    ),
    "POST /api/contacts/{contact_id}/consents": (
        "consent.",
        lambda d: at(
            d,
            "post",
            contact,
            "/api/contacts/{}/consents",
            {"channel": "email", "state": "withdrawn", "source": "a call"},
        ),
    ),
    "POST /api/contacts/{contact_id}/erase": (
        "contact.erasure_requested",
        lambda d: at(d, "post", contact, "/api/contacts/{}/erase", {"confirm": True}),
    ),
    "POST /api/contacts/{contact_id}/export": (
        "contact.export_requested",
        lambda d: at(d, "post", contact, "/api/contacts/{}/export"),
    ),
    "POST /api/contacts/imports": ("import.uploaded", uploading),
    "PATCH /api/contacts/imports/{import_id}": (
        "import.mapped",
        lambda d: at(d, "patch", Desk.uploaded, "/api/contacts/imports/{}", {}),
    ),
    "DELETE /api/contacts/imports/{import_id}": (
        "import.forgotten",
        lambda d: at(d, "delete", Desk.uploaded, "/api/contacts/imports/{}"),
    ),
    "POST /api/contacts/imports/{import_id}/dry-run": ("import.", step("dry-run", "new")),
    "POST /api/contacts/imports/{import_id}/apply": ("import.", step("apply", "checked")),
    "POST /api/contacts/imports/{import_id}/undo": ("import.", step("undo", "applied")),
    "PATCH /api/conversations/{conversation_id}": (
        "conversation.changed",
        lambda d: at(d, "patch", Desk.conversation, "/api/conversations/{}", {"subject": "Invoice"}),
    ),
    "POST /api/conversations/{conversation_id}/assign": (
        "conversation.assigned",
        lambda d: at(d, "post", Desk.conversation, "/api/conversations/{}/assign", {}),
    ),
    "POST /api/conversations/bulk": ("conversation.tagged", tagging_many),
    "PUT /api/conversations/{conversation_id}/tags/{tag_id}": ("conversation.tagged", tagging),
    "DELETE /api/conversations/{conversation_id}/tags/{tag_id}": ("conversation.untagged", untagging),
    "POST /api/tags": ("tag.created", lambda d: d.api.post("/api/tags", json={"name": "Billing"})),
    "PATCH /api/tags/{tag_id}": ("tag.changed", lambda d: at(d, "patch", tag, "/api/tags/{}", {"colour": "red"})),
    "DELETE /api/tags/{tag_id}": ("tag.removed", lambda d: at(d, "delete", tag, "/api/tags/{}")),
    "POST /api/conversations/{conversation_id}/claim": (
        "conversation.claimed",
        lambda d: at(d, "post", Desk.conversation, "/api/conversations/{}/claim"),
    ),
    "POST /api/conversations/{conversation_id}/hand-back": (
        "conversation.handed_back",
        lambda d: at(d, "post", Desk.conversation, "/api/conversations/{}/hand-back"),
    ),
    "POST /api/conversations/{conversation_id}/wrap-up": (
        "conversation.wrapped_up",
        lambda d: at(d, "post", Desk.conversation, "/api/conversations/{}/wrap-up", {"disposition": "Booked"}),
    ),
    "POST /api/conversations/{conversation_id}/messages": (
        "conversation.replied",
        lambda d: at(d, "post", Desk.conversation, "/api/conversations/{}/messages", {"text": "Private words"}),
    ),
    "POST /api/conversations/{conversation_id}/suggest": (
        "conversation.draft_asked",
        lambda d: at(d, "post", Desk.conversation, "/api/conversations/{}/suggest"),
    ),
    "PUT /api/messages/{message_id}/reaction": (
        "message.reacted",
        lambda d: at(d, "put", message_on_whatsapp, "/api/messages/{}/reaction", {"emoji": "👍"}),
    ),
    "POST /api/messages/{message_id}/send-again": (
        "conversation.sent_again",
        lambda d: at(d, "post", unsent_message, "/api/messages/{}/send-again"),
    ),
    "POST /api/canned-replies": ("canned_reply.added", lambda d: d.api.post("/api/canned-replies", json=CANNED)),
    "PATCH /api/canned-replies/{canned_reply_id}": (
        "canned_reply.changed",
        lambda d: at(d, "patch", canned_reply, "/api/canned-replies/{}", {"title": "Parking"}),
    ),
    "DELETE /api/canned-replies/{canned_reply_id}": (
        "canned_reply.removed",
        lambda d: at(d, "delete", canned_reply, "/api/canned-replies/{}"),
    ),
    "POST /api/conversations/{conversation_id}/transcript": ("conversation.transcript_sent", transcript),
    "POST /api/events/{event_id}/run": ("event.run", lambda d: at(d, "post", event, "/api/events/{}/run")),
    "POST /api/events/{event_id}/replay": (
        "event.replayed",
        lambda d: at(d, "post", event, "/api/events/{}/replay"),
    ),
    "POST /api/events/{event_id}/hand-off": (
        "event.handed_off",
        lambda d: at(d, "post", event, "/api/events/{}/hand-off", {}),
    ),
    "POST /api/contacts/{contact_id}/conversations": ("conversation.started", writing_first),
    "POST /api/follow-ups": ("follow_up.planned", planning),
    "PATCH /api/follow-ups/{follow_up_id}": (
        "follow_up.moved",
        lambda d: at(d, "patch", Desk.follow_up, "/api/follow-ups/{}", {"due_at": "2100-01-01T09:00:00Z"}),
    ),
    "DELETE /api/follow-ups/{follow_up_id}": (
        "follow_up.ended",
        lambda d: at(d, "delete", Desk.follow_up, "/api/follow-ups/{}"),
    ),
    "POST /api/knowledge": (
        "knowledge.added",
        lambda d: d.api.post("/api/knowledge", json={"kind": "faq", "title": "P", "content": "Q: P?\nA: Yes."}),
    ),
    "PUT /api/knowledge/embeddings": (
        "knowledge.embeddings_changed",
        lambda d: d.api.put("/api/knowledge/embeddings", json={"model": "openai:text-embedding-3-small"}),
    ),
    "DELETE /api/knowledge/embeddings": (
        "knowledge.embeddings_changed",
        lambda d: d.api.delete("/api/knowledge/embeddings"),
    ),
    "POST /api/knowledge/faq": (
        "knowledge.added",
        lambda d: d.api.post(
            "/api/knowledge/faq", json={"title": "P", "pairs": [{"question": "P?", "answer": "Yes."}]}
        ),
    ),
    "POST /api/knowledge/web": ("knowledge.added", web_page),
    "POST /api/knowledge/{source_id}/visit": (
        "knowledge.changed",
        lambda d: at(d, "post", web_source, "/api/knowledge/{}/visit"),
    ),
    "POST /api/knowledge/suggestions/{suggestion_id}/approve": (
        "suggestion.approved",
        lambda d: at(
            d,
            "post",
            suggestion,
            "/api/knowledge/suggestions/{}/approve",
            {"question": "P?", "answer": "Yes."},
        ),
    ),
    "POST /api/knowledge/suggestions/{suggestion_id}/dismiss": (
        "suggestion.dismissed",
        lambda d: at(d, "post", suggestion, "/api/knowledge/suggestions/{}/dismiss"),
    ),
    "POST /api/knowledge/files": (
        "knowledge.added",
        lambda d: d.api.post("/api/knowledge/files", files={"file": ("parking.txt", b"Parking is free.")}),
    ),
    "PATCH /api/knowledge/documents/{document_id}": (
        "knowledge.changed",
        lambda d: at(d, "patch", document, "/api/knowledge/documents/{}", {"enabled": False}),
    ),
    "DELETE /api/knowledge/documents/{document_id}": (
        "knowledge.removed",
        lambda d: at(d, "delete", document, "/api/knowledge/documents/{}"),
    ),
    "PUT /api/knowledge/documents/{document_id}/file": ("knowledge.changed", new_version),
    "POST /api/knowledge/documents/{document_id}/read": (
        "knowledge.changed",
        lambda d: at(d, "post", document, "/api/knowledge/documents/{}/read"),
    ),
    "POST /api/knowledge/documents/{document_id}/versions/{version}/restore": (
        "knowledge.changed",
        lambda d: at(d, "post", document, "/api/knowledge/documents/{}/versions/1/restore"),
    ),
    "PATCH /api/knowledge/{source_id}": (
        "knowledge.changed",
        lambda d: at(d, "patch", source, "/api/knowledge/{}", {"enabled": False}),
    ),
    "DELETE /api/knowledge/{source_id}": (
        "knowledge.removed",
        lambda d: at(d, "delete", source, "/api/knowledge/{}"),
    ),
    "POST /api/services": (
        "service.added",
        lambda d: d.api.post("/api/services", json={"name": "Massage", "duration_minutes": 60}),
    ),
    "PATCH /api/services/{service_id}": (
        "service.changed",
        lambda d: at(d, "patch", service, "/api/services/{}", {"price": "48.00", "currency": "EUR"}),
    ),
    "DELETE /api/services/{service_id}": (
        "service.removed",
        lambda d: at(d, "delete", service, "/api/services/{}"),
    ),
    "POST /api/calendar/people": (
        "calendar_person.added",
        lambda d: d.api.post("/api/calendar/people", json={"name": "Anna"}),
    ),
    "PATCH /api/calendar/people/{staff_id}": (
        "calendar_person.changed",
        lambda d: at(d, "patch", calendar_person, "/api/calendar/people/{}", {"enabled": False}),
    ),
    "DELETE /api/calendar/people/{staff_id}": (
        "calendar_person.removed",
        lambda d: at(d, "delete", calendar_person, "/api/calendar/people/{}"),
    ),
    "PATCH /api/settings/booking": (
        "booking_settings.changed",
        lambda d: d.api.patch("/api/settings/booking", json={"page": True}),
    ),
    "POST /api/calendar/feeds": ("calendar_feed.created", lambda d: d.api.post("/api/calendar/feeds", json={})),
    "POST /api/calendar/feeds/{feed_id}/rotate": (
        "calendar_feed.rotated",
        lambda d: at(d, "post", calendar_feed, "/api/calendar/feeds/{}/rotate"),
    ),
    "DELETE /api/calendar/feeds/{feed_id}": (
        "calendar_feed.removed",
        lambda d: at(d, "delete", calendar_feed, "/api/calendar/feeds/{}"),
    ),
    "POST /api/bookings/{booking_id}/invitation": ("booking.told", telling),
    "POST /api/bookings": ("booking.confirmed", asking_for_booking),
    "POST /api/bookings/{booking_id}/confirm": (
        "booking.confirmed",
        lambda d: at(d, "post", held_booking, "/api/bookings/{}/confirm"),
    ),
    "POST /api/bookings/{booking_id}/reschedule": ("booking.rescheduled", moving),
    "POST /api/bookings/{booking_id}/cancel": (
        "booking.cancelled",
        lambda d: at(d, "post", booking, "/api/bookings/{}/cancel", {"reason": "ill"}),
    ),
    "POST /api/bookings/{booking_id}/complete": (
        "booking.completed",
        lambda d: at(d, "post", past_booking, "/api/bookings/{}/complete"),
    ),
    "POST /api/bookings/{booking_id}/no-show": (
        "booking.no_show",
        lambda d: at(d, "post", past_booking, "/api/bookings/{}/no-show"),
    ),
    "POST /api/evals": ("evals.started", lambda d: d.api.post("/api/evals", json={"cases": [a_case()]})),
    "POST /api/evals/{eval_id}/cancel": ("evals.cancelled", lambda d: at(d, "post", rehearsal, "{}")),
    "POST /api/onboarding/check": (
        "onboarding.checked",
        lambda d: d.api.post("/api/onboarding/check", json={"item": "availability"}),
    ),
    "PATCH /api/onboarding/items": (
        "onboarding.changed",
        lambda d: d.api.patch("/api/onboarding/items", json={"item": "crm", "not_needed": "no CRM"}),
    ),
    "POST /api/onboarding/try": ("onboarding.tried", trying_out),
    "POST /api/process-events": (
        "batch.started",
        lambda d: d.api.post("/api/process-events", json={"filter": {"status": "failed"}}),
    ),
    "POST /api/process-events/{batch_id}/cancel": ("batch.cancelled", lambda d: at(d, "post", batch, "{}")),
    "PUT /api/settings/auto-mode": ("queue.processed", auto_mode_on),
    "PUT /api/settings/notifications": (
        "notification_settings.changed",
        lambda d: d.api.put("/api/settings/notifications", json={"escalate_minutes": 5}),
    ),
    "POST /api/settings/notifications/test": ("notification_settings.tested", testing_slack),
    "PUT /api/settings/retention": (
        "retention.changed",
        lambda d: d.api.put("/api/settings/retention", json={"journals": 400}),
    ),
    "PATCH /api/settings/workspace": (
        "settings.changed",
        lambda d: d.api.patch("/api/settings/workspace", json={"name": "New"}),
    ),
    "POST /api/contacts/{contact_id}/facts": ("fact.added", remembering),
    "PATCH /api/contacts/{contact_id}/facts/{fact_id}": ("fact.changed", lambda d: of_fact(d, "patch", {"text": "x"})),
    "DELETE /api/contacts/{contact_id}/facts/{fact_id}": ("fact.removed", lambda d: of_fact(d, "delete")),
    "POST /api/tasks": ("task.created", lambda d: d.api.post("/api/tasks", json={"title": "Call Ada"})),
    "PATCH /api/tasks/{task_id}": (
        "task.changed",
        lambda d: at(d, "patch", task, "/api/tasks/{}", {"title": "Call Eve"}),
    ),
    "PUT /api/sla/policies": (
        "sla.policies_changed",
        lambda d: d.api.put("/api/sla/policies", json={"policies": [{"name": "All", "first_response_minutes": 60}]}),
    ),
    "PUT /api/usage/prices": (
        "usage.prices_changed",
        lambda d: d.api.put("/api/usage/prices", json={"prices": []}),
    ),
    "POST /api/teams": ("team.created", lambda d: d.api.post("/api/teams", json={"name": "Front desk"})),
    "PATCH /api/teams/{team_id}": ("team.renamed", lambda d: at(d, "patch", team, "/api/teams/{}", {"name": "R"})),
    "PUT /api/members/{id}/abilities": (
        "member.abilities",
        lambda d: at(
            d, "put", Desk.teammate, "/api/members/{}/abilities", {"languages": ["de"], "skills": ["Billing"]}
        ),
    ),
    "DELETE /api/teams/{team_id}": ("team.removed", lambda d: at(d, "delete", team, "/api/teams/{}")),
    "POST /api/teams/{team_id}/members": ("team.member_added", joining),
    "DELETE /api/teams/{team_id}/members/{member_id}": (
        "team.member_removed",
        lambda d: at(d, "delete", in_team, "{}"),
    ),
}

# Recorded as well, and performed by the tests of their own: the file names the action.
ELSEWHERE = {
    "POST /api/accounts/{account_id}/prove": ("account.proved", "tests/connections/test_proof.py"),
    "POST /api/accounts/{account_id}/prove/code": ("account.proof_asked", "tests/connections/test_proof.py"),
    "POST /api/accounts/{account_id}/prove/dns": ("account.proved", "tests/connections/test_proof.py"),
    "POST /api/voice/{carrier}/connect": ("account.connected", "tests/flows/test_numbers.py"),
    "POST /api/voice/{carrier}/disconnect": ("account.removed", "tests/flows/test_numbers.py"),
    "POST /api/voice/{carrier}/assign": ("account.changed", "tests/flows/test_numbers.py"),
    "POST /api/voice/{carrier}/unassign": ("account.changed", "tests/flows/test_numbers.py"),
    "POST /api/calls": ("call.placed", "tests/flows/test_placed_calls.py"),
    "POST /api/calls/{call_id}/hang-up": ("call.ended", "tests/flows/test_placed_calls.py"),
    "POST /api/api-keys": ("api_key.created", "tests/people/test_invitations.py"),
    "POST /api/me/offers/{offer_id}/accept": ("conversation.claimed", "tests/flows/test_offers.py"),
    "PATCH /api/members/{id}": ("member.role_changed", "tests/people/test_invitations.py"),
    "DELETE /api/members/{id}": ("member.removed", "tests/people/test_invitations.py"),
    "POST /api/invitations": ("invitation.sent", "tests/people/test_invitations.py"),
    "POST /api/invitations/{id}/resend": ("invitation.sent", "tests/people/test_invitations.py"),
    "DELETE /api/invitations/{id}": ("invitation.", "tests/people/test_invitations.py"),
    "POST /api/contacts/duplicates/{duplicate_id}/merge": ("merge", "tests/contacts/duplicates/test_sweep.py"),
    "POST /api/contacts/duplicates/{duplicate_id}/not-the-same": (
        "duplicate.",
        "tests/contacts/duplicates/test_sweep.py",
    ),
    "POST /api/contacts/duplicates/{duplicate_id}/undo": ("duplicate.", "tests/contacts/duplicates/test_sweep.py"),
    "POST /api/workspaces": ("workspace", "tests/people/test_sign_up.py"),
    "POST /api/staff/enter": ("staff.", "tests/people/test_staff.py"),
    "POST /api/staff/leave": ("staff.", "tests/people/test_staff.py"),
    "POST /api/auth/invitation/accept": ("invitation", "tests/people/test_invitations.py"),
}

# What leaves no line, by the beginning of the route, and why.
JUSTIFIED = {
    "POST /agents/{agent_id}/prompt": "reads an agent; what fills its places is kept nowhere",
    "POST /api/auth/": "a person's own account is in no workspace; sessions and mails tell its story",
    "DELETE /api/auth/": "the same",
    "POST /api/me/notifications/read": "what one member has read",
    "POST /api/me/notifications/test": "a notification to oneself",
    "PUT /api/me/notification-preferences": "how one member is told",
    "POST /api/me/push-subscriptions": "one member's own browser",
    "DELETE /api/me/push-subscriptions": "one member's own browser",
    "POST /api/me/offers/{offer_id}/decline": "who was asked and what they did stands in the offer",
    "PUT /api/me/status": "a teammate's own state of the moment",
    "POST /api/session/workspace": "which workspace a browser looks at",
    "POST /api/chat-widget/": "a contact writes: the ledger has it",
    "PUT /api/conversations/{conversation_id}/draft": "what somebody is writing: what is sent is recorded",
    "DELETE /api/conversations/{conversation_id}/draft": "the same",
    "POST /api/conversations/{conversation_id}/presence": "who looks where, for less than a minute",
    "POST /api/conversations/{conversation_id}/attachments": "waits for its message, whose sending is recorded",
    "DELETE /api/attachments/{attachment_id}": "was never sent",
    "POST /forms/{form_key}": "a contact writes: the ledger has it",
    "POST /reply": "what a Herald elsewhere said: the ledger has what came of it",
    "POST /meta/webhook": "a contact writes: the ledger has it",
    "POST /usage/events": "what a call used: the event is the record",
    "POST /livekit/webhook": "somebody calls: the ledger has it",
    "POST /twilio/": "somebody calls: the ledger has it",
    "POST /turn": "a service asks for a turn: the ledger has it",
    "DELETE /turn/{turn_id}": "the ledger says who called it off",
    "POST /api/templates/sync": "fetches what the provider has, and changes nothing that people made",
    "POST /api/contacts/duplicates/look": "looks, and changes nothing that people made",
    "POST /api/privacy/erasures/check": "looks, and changes nothing",
    "POST /api/settings/auto-mode/preview": "looks, and changes nothing",
    "POST /api/settings/retention/preview": "looks, and changes nothing",
}
