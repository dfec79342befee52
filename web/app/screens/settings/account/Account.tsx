/** The signed-in person's own account, in all their workspaces. */
import { api } from "~/api";
import { Failed, Lines } from "~/ui/states";
import { Address } from "./Address";
import { Password } from "./Password";
import { Sessions } from "./Sessions";
import { TwoSteps } from "./TwoSteps";

export default function Account() {
  const { data, error, refetch } = api.useQuery("get", "/api/auth/account");
  if (error && !data) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Lines />;
  return (
    <>
      <Address account={data} />
      <Password account={data} />
      <TwoSteps account={data} />
      <Sessions />
    </>
  );
}
