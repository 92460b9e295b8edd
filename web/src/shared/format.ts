/** Numbers, times and amounts in words for people. */

const NONE = "–";

function signed(text: string): string {
  return text.replace("-", "−");
}

/** A number with as many digits as its standard error makes sense of; with three where it has none. */
export function number(value: number | null | undefined, error: number | null = null): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  const known = error !== null && Number.isFinite(error) && error > 0;
  if (value === 0 && !known) return "0";
  const decimals = known ? -Math.floor(Math.log10(error / 3)) : 2 - Math.floor(Math.log10(Math.abs(value)));
  if (decimals > 6) return signed(value.toExponential(2));
  const places = Math.max(0, decimals);
  return signed(value.toLocaleString("en-GB", { minimumFractionDigits: places, maximumFractionDigits: places }));
}

/** "0.62 ± 0.04": a value and its standard error. */
export function withError(value: number, error: number | null): string {
  return error === null || !(error > 0) ? number(value) : `${number(value, error)} ± ${number(error, error)}`;
}

/** "84.7k samples". */
export function kSamples(kimg: number): string {
  return `${k(kimg)} samples`;
}

/** "84.7k", "1,234k". */
export function k(kimg: number): string {
  if (kimg === 0) return "0";
  const places = kimg >= 100 ? 0 : 1;
  return `${kimg.toLocaleString("en-GB", { minimumFractionDigits: places, maximumFractionDigits: places })}k`;
}

/** Words as the beginning of a sentence. */
export function begun(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString("en-GB");
}

export function percent(share: number, places = 0): string {
  return `${(100 * share).toFixed(places)} %`;
}

export function counted(count: number, thing: string, things = `${thing}s`): string {
  return `${whole(count)} ${count === 1 ? thing : things}`;
}

/** "45 s", "12 min", "3 h 20 min", "2 days". */
export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.max(0, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  const days = Math.round(hours / 24);
  return counted(days, "day");
}

/** "just now", "5 min ago", "on 3 May 2026". Both in unix seconds. */
export function ago(then: number, now: number): string {
  const passed = now - then;
  if (passed < 10) return "just now";
  if (passed < 3 * 86_400) return `${duration(passed)} ago`;
  const day = new Date(then * 1000);
  return `on ${day.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" })}`;
}

export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
