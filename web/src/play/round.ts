/** A round of the detective's game, as a table that changes by what happens on it. */

export type Mode = "one" | "several";

/** In "one": what the item is said to be. In "several": which of them is said to be forged, from 0. null: time ran out. */
export type Answer = "real" | "forged" | number | null;

export interface Rules {
  readonly mode: Mode;
  readonly questions: number;
  /** Items shown at once; 1 where the mode is "one". */
  readonly choices: number;
  /** For each question; null = as long as one likes. */
  readonly seconds: number | null;
}

export interface Verdict {
  readonly right: boolean;
  /** It came when the time was over, by the server's clock, and was not counted as an answer. */
  readonly late: boolean;
  readonly truth: "real" | "forged" | number;
  readonly judge: { readonly answer: Answer; readonly right: boolean };
  readonly streak: number;
  readonly best_streak: number;
}

/** A question that has been answered. */
export interface Mark {
  readonly answer: Answer;
  readonly verdict: Verdict;
}

export interface Table {
  readonly rules: Rules;
  /** The question on the table, from 0. */
  readonly k: number;
  readonly phase: "dealing" | "asking" | "sending" | "answered" | "over" | "broken";
  /** Raw pixels of each item on the table. */
  readonly items: readonly Uint8Array[];
  readonly answer: Answer | undefined;
  readonly marks: readonly Mark[];
  /** What went wrong, where the table is broken, and in which phase it did. */
  readonly trouble: { readonly words: string; readonly during: "dealing" | "sending" } | null;
}

export type Happening =
  | { readonly what: "dealt"; readonly k: number; readonly items: readonly Uint8Array[] }
  | { readonly what: "answered"; readonly answer: Answer }
  | { readonly what: "judged"; readonly k: number; readonly verdict: Verdict }
  | { readonly what: "next" }
  | { readonly what: "failed"; readonly words: string }
  | { readonly what: "retry" };

export function laid(rules: Rules): Table {
  return { rules, k: 0, phase: "dealing", items: [], answer: undefined, marks: [], trouble: null };
}

/** What does not fit the phase changes nothing: a second key, a late answer, a click on a card that is turned. */
export function after(table: Table, happening: Happening): Table {
  switch (happening.what) {
    case "dealt":
      if (table.phase !== "dealing" || happening.k !== table.k) return table;
      return { ...table, phase: "asking", items: happening.items, answer: undefined };
    case "answered":
      if (table.phase !== "asking" || !fits(table.rules, happening.answer)) return table;
      return { ...table, phase: "sending", answer: happening.answer };
    case "judged":
      return table.phase === "sending" && happening.k === table.k ? judged(table, happening.verdict) : table;
    case "next":
      return table.phase === "answered" ? onwards(table) : table;
    case "failed":
      if (table.phase !== "dealing" && table.phase !== "sending") return table;
      return { ...table, phase: "broken", trouble: { words: happening.words, during: table.phase } };
    case "retry":
      if (table.trouble === null) return table;
      return { ...table, phase: table.trouble.during, trouble: null };
  }
}

function fits(rules: Rules, answer: Answer): boolean {
  if (answer === null) return rules.seconds !== null;
  if (rules.mode === "one") return answer === "real" || answer === "forged";
  return typeof answer === "number" && Number.isInteger(answer) && answer >= 0 && answer < rules.choices;
}

function judged(table: Table, verdict: Verdict): Table {
  const mark: Mark = { answer: table.answer ?? null, verdict };
  return { ...table, phase: "answered", marks: [...table.marks, mark] };
}

function onwards(table: Table): Table {
  const k = table.k + 1;
  if (k >= table.rules.questions) return { ...table, phase: "over" };
  return { ...table, k, phase: "dealing", answer: undefined };
}

export function last(table: Table): Mark | null {
  return table.marks[table.marks.length - 1] ?? null;
}

/** Bytes off the wire as so many items of equal length. */
export function dealt(bytes: Uint8Array, choices: number): Uint8Array[] {
  const each = bytes.length / choices;
  if (!Number.isInteger(each)) throw new Error(`${bytes.length} bytes are not ${choices} items of equal length.`);
  return Array.from({ length: choices }, (_, i) => bytes.slice(i * each, (i + 1) * each));
}

/** The answer that a key gives, if it gives one: R, F and the arrows, or the digits. */
export function answerOf(rules: Rules, key: string): Answer | undefined {
  if (rules.mode === "several") {
    const number = Number(key);
    return /^[1-9]$/.test(key) && number <= rules.choices ? number - 1 : undefined;
  }
  if (key === "r" || key === "R" || key === "ArrowLeft") return "real";
  if (key === "f" || key === "F" || key === "ArrowRight") return "forged";
  return undefined;
}

/** How often a coin, or a blind choice, would be right. */
export function chance(rules: Rules): number {
  return rules.mode === "one" ? 0.5 : 1 / rules.choices;
}

/** How much joy a streak deserves: none before 3 in a row, then more at each milestone. */
export function joy(streak: number): 0 | 1 | 2 | 3 {
  if (streak >= 10 && streak % 5 === 0) return 3;
  if (streak >= 5 && streak % 5 === 0) return 2;
  return streak === 3 ? 1 : 0;
}

/** Seconds left of those there are, never below 0. */
export function left(seconds: number, began: number, now: number): number {
  return Math.max(0, seconds - (now - began) / 1000);
}
