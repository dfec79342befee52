import { Link } from "@tanstack/react-router";
import { Page } from "~/ui/page";
import agents from "../agents.module.css";
import { ModelsSettings } from "./ModelsSettings";

export function ModelsScreen() {
  return (
    <Page title="Models" about={<Link className={agents.link} to="/agents">Agents</Link>}>
      <ModelsSettings />
    </Page>
  );
}
