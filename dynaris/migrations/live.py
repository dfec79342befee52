"""Which tables tell the screens that look at them: triggers note what a statement changed, where somebody looks."""


def watched(table: str, kind: str, column: str = "id", *, workspace: str = "workspace_id") -> list[str]:
    """Statements: from now on each change of `table` is a change of `kind` with the ids in `column` (core/live.py).

    Where nobody looks at any workspace it costs next to nothing: to call a function with each statement would cost a
    tenth of an event. The sequence `live_until` is a number that every session sees at once: seconds since 1970.
    """
    name = f"note_{table}_changes"
    statements = [
        f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
            DECLARE one record;
            BEGIN
                FOR one IN
                    SELECT w.workspace_id, array_agg(DISTINCT c.{column}) AS ids FROM changed c
                    JOIN live_watch w ON w.workspace_id = c.{workspace} AND w.until > clock_timestamp()
                    WHERE c.{column} IS NOT NULL GROUP BY w.workspace_id
                LOOP
                    PERFORM note_change(one.workspace_id, '{kind}', one.ids);
                END LOOP;
                RETURN NULL;
            END $$"""
    ]
    for event in ("INSERT", "UPDATE", "DELETE"):
        rows = "OLD" if event == "DELETE" else "NEW"
        statements.append(
            f"""CREATE TRIGGER tell_{event.lower()} AFTER {event} ON "{table}"
                REFERENCING {rows} TABLE AS changed FOR EACH STATEMENT
                WHEN (pg_sequence_last_value('live_until') > extract(epoch FROM clock_timestamp()))
                EXECUTE FUNCTION {name}()"""
        )
    return statements
