/** What the server tells for the page Play, and how it is asked. */
import { bytes, get, of, post } from "../shared/http";
import { base64, type Raw } from "../shared/pixels";
import type { Answer, Mode, Verdict } from "./round";
import type { Sheet } from "./paper";

/** How large one item on the wire is. */
export interface Item {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly bytes: number;
}

export interface Terms {
  readonly mode: Mode;
  readonly questions: number;
  readonly choices: number;
  readonly player: string;
  readonly seconds: number | null;
}

export interface Round {
  readonly round: string;
  /** Where the real items come from. */
  readonly words: string;
  readonly mode: Mode;
  readonly questions: number;
  readonly choices: number;
  readonly seconds: number | null;
  readonly item: Item;
}

/** A share of right answers with its 95 % interval; null before the first answer. */
export interface Tally {
  readonly accuracy: number | null;
  readonly interval: readonly [number, number] | null;
}

export interface Outcome extends Tally {
  readonly judge: Tally;
  /** Questions whose forgery passed for real. */
  readonly fooled: readonly number[];
  /** Questions whose real item was called forged. */
  readonly denied: readonly number[];
  readonly best_streak: number;
  readonly words: string;
  readonly finished: boolean;
}

export function newRound(run: string, terms: Terms): Promise<Round> {
  return post(of(run, "/play/rounds"), terms);
}

export function deal(run: string, round: string, k: number): Promise<Uint8Array> {
  return bytes(of(run, `/play/rounds/${encodeURIComponent(round)}/${k}`));
}

export function tell(run: string, round: string, k: number, answer: Answer, seconds: number): Promise<Verdict> {
  return post(of(run, `/play/rounds/${encodeURIComponent(round)}/${k}`), { answer, seconds });
}

export function outcome(run: string, round: string): Promise<Outcome> {
  return get(of(run, `/play/rounds/${encodeURIComponent(round)}`));
}

export interface PlayerResult {
  readonly player: string;
  readonly rounds: number;
  readonly answers: number;
  readonly accuracy: number;
  readonly interval: readonly [number, number];
}

export interface Results {
  readonly rounds: number;
  readonly answers: number;
  readonly players: number;
  /** Wrong answers where one item was shown; 0.5 = people guess. */
  readonly error_rate: number | null;
  readonly interval: readonly [number, number] | null;
  readonly fooled_rate: number | null;
  readonly denied_rate: number | null;
  /** Wrong answers where the forgery was to be picked out of several, and what guessing would give. */
  readonly picked_error_rate: number | null;
  readonly picked_interval: readonly [number, number] | null;
  readonly guessing: number | null;
  /** Answers about other checkpoints, not counted. */
  readonly others: number;
  readonly by_player: readonly PlayerResult[];
  readonly words: string;
}

export function results(run: string): Promise<Results> {
  return get(of(run, "/play/results"));
}

export interface Judge {
  readonly ready: boolean;
  /** 0 to 1 while it is being built. */
  readonly progress: number;
  readonly words: string;
  readonly item: Item;
  /** false: rows are judged, several together. */
  readonly singly: boolean;
  readonly columns: readonly string[];
  /** Rows that can be judged together. */
  readonly most: number;
  /** Realness below which something is called forged. */
  readonly passes_from: number;
  /** Of pictures: what their border most often is; null = no pictures. */
  readonly paper: readonly number[] | null;
  /** Of two columns: the least and the greatest of the first, and of the second. */
  readonly bounds: readonly [number, number, number, number] | null;
}

export interface Heat {
  readonly height: number;
  readonly width: number;
  readonly values: string;
}

export interface Judgement {
  /** Share of held-out items, one in five of them redrawn or shaken, that look less real than this. */
  readonly realness: number;
  /** Median realness of the generator's own forgeries. */
  readonly forgeries_at: number;
  readonly verdict: "real" | "forged";
  readonly words: string;
  readonly heat: Heat | null;
  /** Of rows: the share of held-out ones that lie farther from the data. */
  readonly each: readonly number[] | null;
  readonly judged_as: Raw;
}

export function judge(run: string): Promise<Judge> {
  return get(of(run, "/play/judge"));
}

/** This page, to the judge: what it sent before, and still waits, need not be judged any more. */
const HAND = Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");

export function judgeSheet(run: string, sheet: Sheet): Promise<Judgement> {
  const { height, width, channels, data } = sheet;
  return post(of(run, "/play/judge"), { pixels: { height, width, channels, data: base64(data) }, hand: HAND });
}

export function judgeRows(run: string, rows: readonly (readonly number[])[]): Promise<Judgement> {
  return post(of(run, "/play/judge"), { rows, hand: HAND });
}

export function judgeFile(run: string, file: Blob): Promise<Judgement> {
  return post(of(run, "/play/judge/upload"), file);
}
