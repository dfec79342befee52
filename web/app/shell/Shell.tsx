/** What stands around every screen: where one is, where one can go, and whether it is live. */
import { ActionIcon, Burger, Kbd, Skeleton, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Outlet, useNavigate } from "@tanstack/react-router";
import { Moon, Search, Sun } from "lucide-react";
import { lazy, Suspense, useEffect } from "react";
import { Drawer } from "./Drawer";
import { LostConnection } from "./LostConnection";
import { PALETTE_KEY } from "./navigation";
import { NavigationList } from "./NavigationList";
import { loadResults, Palette } from "./Palette";
import classes from "./Shell.module.css";
import { useGoKeys } from "./keys";
import { useScheme } from "./scheme";

// What needs floating layers comes after the first picture.
const WorkspaceMenu = lazy(() => import("./WorkspaceMenu"));
const StatusPicker = lazy(() => import("~/screens/notifications/StatusPicker").then((file) => ({ default: file.StatusPicker })));
const IncomingOffer = lazy(() => import("./IncomingOffer"));
const NotificationsMenu = lazy(() => import("~/screens/notifications/NotificationsMenu").then((file) => ({ default: file.NotificationsMenu })));

export function Shell() {
  const [opened, drawer] = useDisclosure(false);
  const [searching, search] = useDisclosure(false);
  const navigate = useNavigate();
  const [dark, toggleScheme] = useScheme();
  useGoKeys((path) => void navigate({ to: path }));
  useEffect(() => {
    const open = (event: KeyboardEvent) => {
      if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        search.open();
      }
    };
    window.addEventListener("keydown", open);
    return () => window.removeEventListener("keydown", open);
  }, [search]);
  useEffect(() => {
    if (!window.requestIdleCallback) return; // Safari: it comes with the palette
    const idle = requestIdleCallback(() => void loadResults().catch(() => undefined)); // asked for again when it is opened
    return () => cancelIdleCallback(idle);
  }, []);

  const other = dark ? "Light colours" : "Dark colours";
  const side = (
    <>
      <Suspense fallback={<Skeleton height={40} />}>
        <WorkspaceMenu />
      </Suspense>
      <UnstyledButton className={classes.search} onClick={search.open}>
        <Search size={15} aria-hidden />
        <span>Search</span>
        <Kbd size="xs">{PALETTE_KEY}</Kbd>
      </UnstyledButton>
      <NavigationList onGo={drawer.close} />
      <div className={classes.foot}>
        <Suspense>
          <StatusPicker />
          <span className={classes.space} />
          <NotificationsMenu />
        </Suspense>
        <ActionIcon variant="subtle" color="gray" onClick={toggleScheme} title={other} aria-label={other}>
          {dark ? <Sun size={16} /> : <Moon size={16} />}
        </ActionIcon>
      </div>
    </>
  );
  return (
    <div className={classes.shell}>
      <a className={classes.skip} href="#main">
        Skip to content
      </a>
      <nav className={classes.side} aria-label="Main">
        {side}
      </nav>
      <div className={classes.top}>
        <Burger opened={opened} onClick={drawer.toggle} size="sm" aria-label="Menu" />
        <strong>Dynaris</strong>
        <ActionIcon variant="subtle" color="gray" ml="auto" onClick={search.open} aria-label="Search">
          <Search size={18} />
        </ActionIcon>
      </div>
      <Drawer opened={opened} close={drawer.close} label="Menu">
        {side}
      </Drawer>
      <main id="main" className={classes.main} tabIndex={-1}>
        <LostConnection />
        <Outlet />
      </main>
      <Suspense>
        <IncomingOffer />
      </Suspense>
      {searching && <Palette close={search.close} />}
    </div>
  );
}
