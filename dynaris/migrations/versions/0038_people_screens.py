"""What the screens of contacts and tasks read: contacts by the words of their names, addresses and fields."""

from alembic import op

from dynaris.migrations.live import watched
from dynaris.migrations.security import definer

revision = "0038"
down_revision = "0037"

_WORDS = (
    # Without accents, capitals and punctuation: who types "muller" finds Müller.
    r"""CREATE FUNCTION plain_words(given text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT btrim(regexp_replace(lower(replace(
            regexp_replace(normalize(given, NFKD), '[\u0300-\u036f]', '', 'g'), 'ß', 'ss')),
            '[\s!-/:-@\[-`{-~]+', ' ', 'g')) $$""",
    # An installation's workspaces share the indexes: each row has its workspace's own word.
    """CREATE FUNCTION words_of(workspace uuid, given text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT array_to_tsvector(array_append(array(
            SELECT left(word, 60) FROM unnest(string_to_array(plain_words(left(given, 4000)), ' ')) AS word
            WHERE word <> ''), 'ws:' || workspace)) $$""",
    """CREATE FUNCTION contact_words(workspace uuid, name text, tags text[], fields jsonb) RETURNS tsvector
        LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = public, pg_temp AS $$
        SELECT words_of(workspace, concat_ws(' ', name, array_to_string(tags, ' '),
            (SELECT string_agg(value, ' ') FROM jsonb_each_text(fields)))) $$""",
    # A number is found by its beginning with the country's code and without it, however long that is.
    """CREATE FUNCTION address_words(workspace uuid, kind text, value text) RETURNS tsvector
        LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = public, pg_temp AS $$
        SELECT CASE
            WHEN kind = 'visitor' THEN ''::tsvector
            WHEN kind IN ('phone', 'whatsapp') THEN words_of(workspace, concat_ws(' ', digits, substr(digits, 2),
                substr(digits, 3), substr(digits, 4)))
            ELSE words_of(workspace, value) END
        FROM (SELECT regexp_replace(value, '[^0-9]', '', 'g') AS digits) AS number $$""",
    # As bytes, whose order is the same under every collation. Who has no name stands at the end.
    r"""CREATE FUNCTION name_order(name text) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE
        SET search_path = public, pg_temp AS $$
        SELECT coalesce(nullif(convert_to(left(plain_words(name), 30), 'UTF8'), ''), '\xff') $$""",
    "CREATE INDEX ix_contact_words ON contact USING gin (contact_words(workspace_id, name, tags, fields))",
    "CREATE INDEX ix_address_words ON address USING gin (address_words(workspace_id, kind, value))",
    """CREATE INDEX ix_contact_named ON contact (workspace_id, name_order(name), id)
        WHERE merged_into IS NULL AND NOT erasing""",
    """CREATE INDEX ix_contact_created ON contact (workspace_id, created_at, id)
        WHERE merged_into IS NULL AND NOT erasing""",
)

# Every word has to be the beginning of one of the contact's own. What is nothing but digits is one number.
_FIND = r"""
DECLARE
    own constant text := current_setting('dynaris.workspace', true);
    words text[] := string_to_array(plain_words(wanted), ' ');
BEGIN
    IF wanted ~ '^[\s0-9+()/.-]*$' THEN
        words := ARRAY[ltrim(regexp_replace(wanted, '[^0-9]', '', 'g'), '0')];
    END IF;
    RETURN QUERY SELECT found.id FROM unnest(words) WITH ORDINALITY AS each (word, place)
        CROSS JOIN LATERAL (
            SELECT c.id FROM contact c
            WHERE contact_words(c.workspace_id, c.name, c.tags, c.fields) @@ prefixed(own, each.word)
              AND c.workspace_id::text = own
            UNION
            SELECT a.contact_id FROM address a
            WHERE address_words(a.workspace_id, a.kind, a.value) @@ prefixed(own, each.word)
              AND a.workspace_id::text = own) AS found
        GROUP BY found.id HAVING count(*) = cardinality(words);
END"""

_PREFIXED = """CREATE FUNCTION prefixed(workspace text, word text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT CASE WHEN word = '' THEN ''::tsquery
        ELSE (quote_literal('ws:' || workspace) || ' & ' || quote_literal(left(word, 60)) || ':*')::tsquery END $$"""


def upgrade() -> None:
    statements = (
        *_WORDS,
        _PREFIXED,
        *watched("contact_import", "import"),
        *definer("find_contacts(wanted text)", "SETOF uuid", _FIND, volatile=True, block=True),
    )
    for statement in statements:
        op.get_bind().exec_driver_sql(statement)
