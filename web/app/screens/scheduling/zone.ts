/** Days and times of the clock in the workspace's zone, whatever the browser's is. */

export type Local = { day: string; minutes: number };

const DAY = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

function clockIn(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-CA", { timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" });
    formats.set(zone, format);
  }
  return format;
}

export function localOf(at: string | Date, zone: string): Local {
  const parts = Object.fromEntries(clockIn(zone).formatToParts(new Date(at)).map(({ type, value }) => [type, value]));
  return { day: `${parts.year}-${parts.month}-${parts.day}`, minutes: Number(parts.hour) * 60 + Number(parts.minute) };
}

/** The moment at which the clock shows this; of two the first, and after a jump of the clock the time it jumped to. */
export function instantOf(day: string, minutes: number, zone: string): Date {
  const shown = Date.parse(`${day}T00:00:00Z`) + minutes * 60_000;
  const ahead = (at: number) => {
    const local = localOf(new Date(at), zone);
    return Date.parse(`${local.day}T00:00:00Z`) + local.minutes * 60_000 - at;
  };
  return new Date(shown - ahead(shown - ahead(shown)));
}

/** Whether the calendar has it, in a year that can be asked for. */
export function isDay(text: unknown): text is string {
  if (typeof text !== "string" || !/^[12]\d{3}-\d\d-\d\d$/.test(text)) return false;
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T12:00:00Z`) + days * DAY).toISOString().slice(0, 10);
}

/** Its week, from Monday on. */
export function weekOf(day: string): string[] {
  const since = (new Date(`${day}T12:00:00Z`).getUTCDay() + 6) % 7;
  return Array.from({ length: 7 }, (_, place) => addDays(day, place - since));
}

export function dayInWords(day: string, options: Intl.DateTimeFormatOptions = { weekday: "long", day: "numeric", month: "long" }): string {
  return new Intl.DateTimeFormat(undefined, { ...options, timeZone: "UTC" }).format(new Date(`${day}T12:00:00Z`));
}

export function clock(minutes: number): string {
  const within = Math.min(Math.max(Math.round(minutes), 0), 1_440);
  return `${String(Math.floor(within / 60)).padStart(2, "0")}:${String(within % 60).padStart(2, "0")}`;
}

export function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return hours * 60 + minutes;
}

/** "Tue 24 Nov, 10:00" */
export function whenOf(at: string, zone: string): string {
  const { day, minutes } = localOf(at, zone);
  return `${dayInWords(day, { weekday: "short", day: "numeric", month: "short" })}, ${clock(minutes)}`;
}
