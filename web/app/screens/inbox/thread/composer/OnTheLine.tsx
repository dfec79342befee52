/** The call that goes on in this conversation, where one can listen and take over. */
import { Link } from "@tanstack/react-router";
import { api } from "~/api";

export function OnTheLine({ conversationId }: { conversationId: string }) {
  const { data } = api.useQuery("get", "/api/calls", { params: { query: { conversation_id: conversationId, status: "live", limit: 1 } } });
  const call = data?.items[0];
  if (!call) return null;
  return (
    <>
      {" "}
      <Link to="/calls/$callId" params={{ callId: call.id }}>They are on the line: listen, whisper or take over</Link>
    </>
  );
}
