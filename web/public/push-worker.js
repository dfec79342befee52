// Shows what a push brings while no page of ours need be open, and leads to what it is about.
self.addEventListener("push", (event) => {
  const told = read(event.data);
  event.waitUntil(
    self.registration.showNotification(told.title || "Dynaris", {
      body: told.body || "",
      tag: told.tag || undefined, // a later one about the same takes its place
      icon: "/icon.svg",
      data: { url: own(told.url) },
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(show(event.notification.data?.url || "/"));
});

function read(data) {
  try {
    return data ? data.json() : {};
  } catch {
    return {};
  }
}

// Nothing leads away from here, whatever the message says.
function own(url) {
  try {
    const wanted = new URL(url || "/", self.location.origin);
    return wanted.origin === self.location.origin ? wanted.href : "/";
  } catch {
    return "/";
  }
}

// In a page that is open already, else in a new one.
async function show(url) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find((each) => "focus" in each);
  if (!page) return self.clients.openWindow(url);
  await page.focus();
  page.postMessage({ open: url });
}
