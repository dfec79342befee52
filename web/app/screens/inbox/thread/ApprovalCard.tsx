/** What an agent wants to do and may not without a person: yes, yes but like this, or no and why. */
import { Alert, Button, Group, Kbd, Stack, Text, Textarea } from "@mantine/core";
import { ShieldQuestion } from "lucide-react";
import { type KeyboardEvent, useRef, useState } from "react";
import { api, client, type Schemas } from "~/api";
import { useWho } from "~/screens/contacts/parts/data";
import { useAct } from "~/ui/act";
import { Ago } from "~/ui/time";
import { useFocusKey } from "../useFocusKey";
import type { Approval } from "./items";
import classes from "./thread.module.css";
import { Why } from "./Why";
import { Words } from "./Words";

type Decision = Schemas["ApprovalDecision"];
type Mode = "asked" | "editing" | "rejecting";
export type Deciding = {
  pending: Approval[] | undefined;
  /** While one is edited or rejected here, its card stays, whoever decides meanwhile. */
  work: (approval: Approval, on: boolean) => void;
  /** Puts a text into the composer. */
  keep: (text: string) => void;
};

const PENDING = ["get", "/api/approvals"];

export function ApprovalCard({ approval, deciding }: { approval: Approval; deciding: Deciding }) {
  const [mode, show] = useState<Mode>("asked");
  const close = () => deciding.work(approval, false);
  const setMode = (next: Mode) => {
    show(next);
    deciding.work(approval, next !== "asked");
  };
  const [reason, setReason] = useState("");
  const [edits, setEdits] = useState<Record<string, string>>(() => editable(approval));
  const yes = useRef<HTMLButtonElement>(null);
  const decide = useAct((body: Decision) => client.POST("/api/approvals/{approval_id}", { params: { path: { approval_id: approval.id } }, body }), {
    guess: () => [{ key: PENDING, change: (page: Schemas["Page_ApprovalOut_"] | undefined) => page && { ...page, items: page.items.filter(({ id }) => id !== approval.id) } }],
    failed: "This was not decided",
    done: (output) => (output.data?.status === "rejected" ? "Rejected; the agent drafts again" : undefined),
    onDone: close,
  });
  const overtaken = deciding.pending?.every(({ id }) => id !== approval.id) && (decide.isIdle || decide.isError);
  const approve = () => decide.mutate({ decision: "approve" });
  const approveEdited = () => decide.mutate({ decision: "approve", edits: changes(approval, edits) });
  const reject = () => reason.trim() && decide.mutate({ decision: "reject", reason: reason.trim() });
  const back = () => {
    setMode("asked");
    requestAnimationFrame(() => yes.current?.focus());
  };

  const pressed = (event: KeyboardEvent) => {
    const typing = event.target instanceof HTMLTextAreaElement;
    if (overtaken) return;
    if (event.key === "Escape" && mode !== "asked") back();
    else if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    else if (event.key === "e") setMode("editing");
    else if (event.key === "x") setMode("rejecting");
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const sends = (then: () => unknown) => (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (!overtaken) then();
  };
  useFocusKey(yes);

  const isReply = approval.action === "reply";
  return (
    <section className={classes.approval} aria-label={overtaken ? "Decided meanwhile" : "Waits for your yes"} onKeyDown={pressed}>
      <Group gap={6} wrap="nowrap">
        <ShieldQuestion size={16} aria-hidden />
        <Text size="sm" fw={600}>{isReply ? "The AI wants to reply" : `The AI wants to use ${approval.action.replaceAll("_", " ")}`}</Text>
        {!overtaken && <Text size="xs" c="dimmed" ml="auto">Decide <Ago at={approval.deadline} /></Text>}
      </Group>
      <Text size="xs" c="dimmed">
        {approval.why} <Why runId={approval.run_id} />
      </Text>
      {approval.rejected_before && <Text size="xs"><b>Drafted again after:</b> {approval.rejected_before}</Text>}
      {mode === "editing" ? (
        <Stack gap={6}>
          {Object.entries(edits).map(([name, value], index) => (
            <Textarea key={name} label={isReply ? undefined : name.replaceAll("_", " ")} aria-label={isReply ? "Reply" : name} value={value} onChange={(event) => setEdits({ ...edits, [name]: event.currentTarget.value })} autosize minRows={isReply ? 3 : 1} maxRows={16} data-autofocus={index === 0 || undefined} autoFocus={index === 0} onKeyDown={sends(approveEdited)} />
          ))}
        </Stack>
      ) : (
        <Proposal approval={approval} />
      )}
      {mode === "rejecting" && <Textarea label="Why not? The agent is told, and drafts again" value={reason} onChange={(event) => setReason(event.currentTarget.value)} autosize minRows={2} autoFocus onKeyDown={sends(reject)} />}
      {overtaken && <NewerMessages approval={approval} />}
      {overtaken ? (
        <Group gap="xs">
          {mode === "editing" && isReply && <Button onClick={() => { deciding.keep(edits.text ?? ""); close(); }}>Put my text into the composer</Button>}
          <Button variant="subtle" color="gray" onClick={close}>Close</Button>
        </Group>
      ) : (
        <Group gap="xs">
          {mode === "asked" && (
            <>
              <Button ref={yes} onClick={approve} loading={decide.isPending} rightSection={<Kbd size="xs">y</Kbd>} data-approve>{isReply ? "Send" : "Approve"}</Button>
              {Object.keys(edits).length > 0 && <Button variant="default" onClick={() => setMode("editing")} rightSection={<Kbd size="xs">e</Kbd>}>Edit</Button>}
              <Button variant="subtle" color="gray" onClick={() => setMode("rejecting")} rightSection={<Kbd size="xs">x</Kbd>}>Reject</Button>
            </>
          )}
          {mode === "editing" && <Button onClick={approveEdited} loading={decide.isPending} disabled={Object.values(edits).some((value) => !value.trim())}>{isReply ? "Send edited" : "Approve edited"}</Button>}
          {mode === "rejecting" && <Button color="red" onClick={reject} loading={decide.isPending} disabled={!reason.trim()}>Reject</Button>}
          {mode !== "asked" && <Button variant="subtle" color="gray" onClick={back}>Back</Button>}
        </Group>
      )}
    </section>
  );
}

/** Who decided while somebody here was at it, and what. */
function NewerMessages({ approval }: { approval: Approval }) {
  const { data } = api.useQuery("get", "/api/approvals/{approval_id}", { params: { path: { approval_id: approval.id } } });
  const who = useWho()(data?.decided_by);
  return (
    <Text size="sm" fw={600} role="status">
      {data && data.status !== "pending" && outcomeOf(data, who.charAt(0).toUpperCase() + who.slice(1))}
    </Text>
  );
}

function outcomeOf({ action, status, edits, reason }: Approval, who: string): string {
  const why = reason ? `: ${reason}` : "";
  if (status === "approved") return `${who} ${action === "reply" ? "sent" : "approved"} it meanwhile${edits ? ", edited" : ""}`;
  if (status === "rejected") return `${who} rejected it meanwhile${why}`;
  return status === "expired" ? "Its time is over: nobody decided" : `It is not asked any more${why}`;
}

function Proposal({ approval }: { approval: Approval }) {
  if (approval.action === "reply") return <Words text={String(approval.proposal.text ?? "")} />;
  const fields = Object.entries(approval.proposal).filter(([, value]) => value !== null && value !== "");
  if (!fields.length) return <Alert variant="light" color="gray">Without any details.</Alert>;
  return (
    <dl className={classes.fields}>
      {fields.map(([name, value]) => (
        <div key={name}>
          <dt>{name.replaceAll("_", " ")}</dt>
          <dd>{typeof value === "string" ? value : JSON.stringify(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

/** What can be changed as text: of a reply its text, of a tool the arguments that are text. */
function editable({ action, proposal }: Approval): Record<string, string> {
  const names = action === "reply" ? ["text"] : Object.keys(proposal);
  return Object.fromEntries(names.flatMap((name) => (typeof proposal[name] === "string" ? [[name, proposal[name]]] : [])));
}

function changes({ proposal }: Approval, edits: Record<string, string>): Record<string, string> | undefined {
  const changed = Object.entries(edits).filter(([name, value]) => value !== proposal[name]);
  return changed.length ? Object.fromEntries(changed) : undefined;
}
