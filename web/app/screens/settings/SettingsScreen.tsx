/** The settings: their sections at the side (on a phone above), one of them open, each with its own address. */
import { NativeSelect } from "@mantine/core";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { Suspense } from "react";
import { useIsAdmin, useMe } from "~/session";
import { Page } from "~/ui/page";
import { Empty, Lines } from "~/ui/states";
import { SECTIONS } from "./sections";
import classes from "./Settings.module.css";

export function SettingsScreen() {
  const { section } = useParams({ from: "/shell/settings/$section" });
  const me = useMe();
  const isAdmin = useIsAdmin();
  const navigate = useNavigate();
  const current = SECTIONS.find((one) => one.key === section);
  const shown = SECTIONS.filter((one) => !one.admin || isAdmin);
  const groups = [...new Set(shown.map((one) => one.group))];
  const Body = current?.body;
  return (
    <Page title={current?.label ?? "Settings"} wide>
      <div className={classes.layout}>
        <nav className={classes.side} aria-label="Settings">
          {groups.map((group) => (
            <div key={group}>
              <div className={classes.group}>{group}</div>
              {shown.filter((one) => one.group === group).map(({ key, label, icon: Icon }) => (
                <Link key={key} to="/settings/$section" params={{ section: key }} search={{}} className={classes.link} data-active={key === section || undefined} aria-current={key === section ? "page" : undefined}>
                  <Icon size={15} aria-hidden />
                  {label}
                </Link>
              ))}
            </div>
          ))}
        </nav>
        <div className={classes.content}>
          <NativeSelect className={classes.choose} aria-label="Section" mb="md" value={section} onChange={(event) => void navigate({ to: "/settings/$section", params: { section: event.currentTarget.value }, search: {} })} data={shown.map(({ key, label }) => ({ value: key, label }))} />
          {!Body && <Empty title="There is no such setting">Choose one at the side.</Empty>}
          {Body && current.admin && me.data && !isAdmin && <Empty title="Not for your role">An admin of the workspace sees and changes this.</Empty>}
          {Body && (!current.admin || isAdmin) && (
            <Suspense fallback={<Lines />}>
              <Body />
            </Suspense>
          )}
        </div>
      </div>
    </Page>
  );
}
