/** How numbers and instants are written; the locale is the viewer's, the precision the trade's. */

const MINUS = "\u2212";
const NONE = "–";

function written(value: number, options: Intl.NumberFormatOptions): string {
  // Without the sign of a zero, or of what is rounded to one.
  return formatter({ signDisplay: "negative", ...options })
    .format(value)
    .replace("-", MINUS);
}

const formatters = new Map<string, Intl.NumberFormat>();

function formatter(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = JSON.stringify(options);
  let found = formatters.get(key);
  if (found === undefined) {
    found = new Intl.NumberFormat(undefined, options);
    formatters.set(key, found);
  }
  return found;
}

/** A price; cheap ones with the digits they trade in. */
export function price(value: number | null | undefined): string {
  if (value == null) return NONE;
  const size = Math.abs(value);
  let digits = size < 1 ? 4 : 2;
  if (size > 0 && size < 0.01) digits = Math.min(3 - Math.floor(Math.log10(size)), 12);
  return written(value, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A percentage that is already in percent: `+1.20 %`. */
export function percent(value: number | null | undefined, digits = 2): string {
  return value == null ? NONE : `${signed(value, digits)} %`;
}

/** A share in [0, 1] as whole percent, without a sign: `87 %`. */
export function share(value: number | null | undefined, digits = 0): string {
  if (value == null) return NONE;
  return `${written(value * 100, { minimumFractionDigits: digits, maximumFractionDigits: digits })} %`;
}

/** A number with its sign, always: `+0.36`, `−0.36`, `0.00`. */
export function signed(value: number | null | undefined, digits = 2): string {
  if (value == null) return NONE;
  return written(value, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    signDisplay: "exceptZero",
  });
}

/** A number with so many decimals, whatever its size: `1.13`. */
export function decimal(value: number | null | undefined, digits = 2): string {
  if (value == null) return NONE;
  return written(value, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A count: `12,345`. */
export function count(value: number | null | undefined): string {
  return value == null ? NONE : written(value, { maximumFractionDigits: 0 });
}

/** A count in few letters, for axes and volumes: `1.2M`. */
export function compact(value: number | null | undefined): string {
  return value == null ? NONE : written(value, { notation: "compact", maximumFractionDigits: 1 });
}

/** Money in US dollars, with the digits that small costs need. */
export function usd(value: number | string | null | undefined): string {
  if (value == null) return NONE;
  const amount = Number(value);
  const digits = amount !== 0 && Math.abs(amount) < 0.1 ? 4 : 2;
  return written(amount, {
    style: "currency",
    currency: "USD",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** A size in binary units: `1.4 GiB`. */
export function bytes(value: number | null | undefined): string {
  if (value == null) return NONE;
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = value < 1 ? 0 : Math.min(Math.floor(Math.log2(value) / 10), units.length - 1);
  const digits = power === 0 ? 0 : 1;
  return `${written(value / 1024 ** power, { maximumFractionDigits: digits })} ${units[power]}`;
}

/** A length of time in its two largest units: `2 h 5 min`. */
export function duration(seconds: number | null | undefined): string {
  if (seconds == null) return NONE;
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  const days = Math.floor(hours / 24);
  return days < 14 && hours % 24 ? `${days} d ${hours % 24} h` : `${days} d`;
}

/** A name in the code's manner as words: `strong_buy` → `strong buy`. */
export function words(name: string): string {
  return name.replaceAll("_", " ");
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function clock(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify(options);
  let found = clocks.get(key);
  if (found === undefined) {
    found = new Intl.DateTimeFormat(undefined, options);
    clocks.set(key, found);
  }
  return found;
}

const HOUR: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const DAY: Intl.DateTimeFormatOptions = { day: "numeric", month: "short" };

/** Hour and minute, in the viewer's zone or another. */
export function time(at: Date | string, zone?: string): string {
  return clock({ ...HOUR, ...(zone ? { timeZone: zone } : {}) }).format(new Date(at));
}

/** Day and month, with the year where it is not this one. */
export function day(at: Date | string, zone?: string): string {
  const when = new Date(at);
  const year: Intl.DateTimeFormatOptions =
    when.getFullYear() === new Date().getFullYear() ? {} : { year: "numeric" };
  return clock({ ...DAY, ...year, ...(zone ? { timeZone: zone } : {}) }).format(when);
}

/** A day that belongs to no zone, as `2026-11-27`. */
export function date(on: string): string {
  return day(`${on}T00:00:00Z`, "UTC");
}

/** Day, hour and minute. */
export function moment(at: Date | string, zone?: string): string {
  return `${day(at, zone)}, ${time(at, zone)}`;
}

/** Day, hour and minute with the day of the week: `Tue 24 Nov, 16:30`. */
export function weekdayMoment(at: Date | string, zone?: string): string {
  const named = clock({ weekday: "short", ...(zone ? { timeZone: zone } : {}) });
  return `${named.format(new Date(at))} ${moment(at, zone)}`;
}

/** The whole instant with its zone's name, for a hover. */
export function exactly(at: Date | string, zone?: string): string {
  return clock({
    weekday: "short",
    ...DAY,
    year: "numeric",
    ...HOUR,
    second: "2-digit",
    timeZoneName: "short",
    ...(zone ? { timeZone: zone } : {}),
  }).format(new Date(at));
}

/** How long ago, in one unit: `5 min`. */
export function age(at: Date | string, now: Date): string {
  return duration((now.getTime() - new Date(at).getTime()) / 1000);
}
