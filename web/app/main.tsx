import "@mantine/core/styles.layer.css";
import "~/global.css";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { lazy, StrictMode, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { renewWhatChanges } from "~/live/renew";
import { live } from "~/live/stream";
import { queryClient } from "~/queries";
import { router } from "~/router";
import { theme, variables } from "~/theme";

const Notices = lazy(() => import("~/shell/Notices"));

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
// The library that keeps the page behind a dialog from scrolling reads it there.
Object.assign(globalThis, { __webpack_nonce__: nonce });

live.start();
renewWhatChanges(queryClient);

// A push that was clicked while this page was open (public/push-worker.js).
navigator.serviceWorker?.addEventListener("message", (event: MessageEvent<{ open?: string }>) => {
  const url = event.data?.open && new URL(event.data.open, location.origin);
  if (url && url.origin === location.origin) void router.navigate({ to: url.pathname as "/" });
});

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto" getStyleNonce={() => nonce}>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
        <Suspense>
          <Notices />
        </Suspense>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
