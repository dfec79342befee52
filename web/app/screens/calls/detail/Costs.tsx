/** What the call used of whoever hears, thinks and speaks on it, and what that cost by which price. */
import { Text } from "@mantine/core";
import { api, type Schemas } from "~/api";
import { count, modelName } from "~/screens/agents/words";
import { Failed, Lines } from "~/ui/states";
import { type CallDetail, clockOf } from "../words";
import classes from "./detail.module.css";
import { Section } from "./Section";

type Part = Schemas["CostPart"];

const PARTS: Record<string, string> = { duration_seconds: "Hearing", input_tokens: "Thinking: read", output_tokens: "Thinking: written", characters: "Speaking" };
const UNITS: Record<Part["unit"], string> = { stt_minute: "a minute", llm_input_1k: "for 1,000 tokens", llm_output_1k: "for 1,000 tokens", tts_1k: "for 1,000 characters" };

export function Costs({ call }: { call: CallDetail }) {
  const isOver = call.status === "ended";
  const { data, error, isPending, refetch } = api.useQuery("get", "/api/usage/events", { params: { query: { call_id: call.id } } }, { enabled: isOver });
  const used = data?.items[0];
  if (!isOver) return <Section title="Cost"><Text size="sm" c="dimmed">Known once the call is over.</Text></Section>;
  return (
    <Section title="Cost">
      {isPending && <Lines count={2} height={28} />}
      {error && !data && <Failed error={error} retry={() => void refetch()} />}
      {data && !used && <Text size="sm" c="dimmed">Nobody answered, so nothing was used.</Text>}
      {used && used.evidence.length === 0 && <Text size="sm" c="dimmed">Nothing was used that has a price.</Text>}
      {used && used.evidence.length > 0 && (
        <div className={classes.table} role="group" aria-label="Price lines" tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col">Part</th>
                <th scope="col">Used</th>
                <th scope="col" className={classes.amount}>Cost</th>
                <th scope="col">Price</th>
                <th scope="col">By</th>
              </tr>
            </thead>
            <tbody>
              {used.evidence.map((part) => (
                <tr key={`${part.counted} ${part.provider} ${part.model}`}>
                  <td>{PARTS[part.counted] ?? part.part}</td>
                  <td>{quantity(part)}</td>
                  <td className={classes.amount}>{part.cost === null ? "unknown" : `$${part.cost}`}</td>
                  <td>{price(part)}</td>
                  <td>{by(part)}</td>
                </tr>
              ))}
            </tbody>
            <tfoot>
              <tr>
                <th scope="row" colSpan={2}>{used.evidence.some(({ cost }) => cost === null) ? "Of what has a price" : "Together"}</th>
                <td className={classes.amount}>{`$${used.cost}`}</td>
                <td colSpan={2} />
              </tr>
            </tfoot>
          </table>
        </div>
      )}
    </Section>
  );
}

function by({ provider, model }: Part): string {
  if (provider === "builtin" || model === "builtin") return modelName("builtin");
  return [provider === "local" ? "This machine" : provider, model].filter(Boolean).join(" · ");
}

function quantity({ counted, quantity }: Part): string {
  const value = Number(quantity);
  if (counted === "duration_seconds") return `${clockOf(value)} min`;
  return counted === "characters" ? count(value, "character") : count(value, "token");
}

/** What runs here has a price of nothing, and no price's id. */
function price({ price, price_id, unit }: Part): string {
  if (price === null) return "no price is known";
  return price_id === null ? "runs here, free" : `$${Number(price)} ${UNITS[unit]}`;
}
