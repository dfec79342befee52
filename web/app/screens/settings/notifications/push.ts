/** This browser's pushes: whether it can have them, has them, and how they are switched on and off. */
import { client, Problem } from "~/api";

export type PushState = "unsupported" | "blocked" | "off" | "on";

const WORKER = "/push-worker.js";

/** Pages that are reached by http at another machine have no service workers. */
export function canPush(): boolean {
  return "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
}

/** `known`: fingerprints of the member's browsers. One that is subscribed for another workspace, or whoever was signed in before, is off here. */
export async function pushState(known: string[]): Promise<PushState> {
  if (!canPush()) return "unsupported";
  if (Notification.permission === "denied") return "blocked";
  const subscribed = await subscription();
  return subscribed && known.includes(await fingerprint(subscribed.endpoint)) ? "on" : "off";
}

async function fingerprint(endpoint: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function turnOn(): Promise<PushState> {
  if ((await Notification.requestPermission()) !== "granted") return "blocked";
  const { data } = await client.GET("/api/push/key");
  const registration = await navigator.serviceWorker.register(WORKER);
  await navigator.serviceWorker.ready;
  const wanted = { userVisibleOnly: true, applicationServerKey: bytes(data!.key) };
  const subscribed = await registration.pushManager.subscribe(wanted).catch(async (error: unknown) => {
    // subscribed with the key of another installation at this address
    const old = await registration.pushManager.getSubscription();
    if (!old) throw new Problem(0, "push", `this browser did not subscribe: ${error instanceof Error ? error.message : "no reason given"}`);
    await old.unsubscribe();
    return registration.pushManager.subscribe(wanted);
  });
  const { endpoint, keys } = subscribed.toJSON();
  await client.POST("/api/me/push-subscriptions", { body: { endpoint: endpoint!, keys: { p256dh: keys!.p256dh!, auth: keys!.auth! } } });
  return "on";
}

export async function turnOff(): Promise<PushState> {
  const subscribed = await subscription();
  if (subscribed) {
    // The browser itself stays subscribed: another workspace of this person may use it.
    await client.DELETE("/api/me/push-subscriptions", { body: { endpoint: subscribed.endpoint } });
  }
  return "off";
}

async function subscription(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker.getRegistration(WORKER);
  return (await registration?.pushManager.getSubscription()) ?? null;
}

function bytes(key: string): Uint8Array<ArrayBuffer> {
  const plain = atob(key.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}
