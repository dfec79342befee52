"""The reference's tables, with no more than the work needs."""

TABLES = """
CREATE TABLE contact (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL UNIQUE,
    name text,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    external_id text NOT NULL UNIQUE,
    contact text NOT NULL,
    source text NOT NULL,
    body text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    settled_at timestamptz
);
CREATE INDEX event_open ON event (contact, id) WHERE settled_at IS NULL;
CREATE TABLE message (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    contact_id bigint NOT NULL REFERENCES contact,
    event_id bigint NOT NULL REFERENCES event,
    direction text NOT NULL,
    body text NOT NULL,
    delivery text,
    receipt text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX message_contact ON message (contact_id, id);
CREATE INDEX message_event ON message (event_id, direction);
CREATE TABLE outcome (
    event_id bigint PRIMARY KEY REFERENCES event,
    outcome text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
"""
