/** What is asked of the server while a round is played, so that nothing that is lost on its way costs an answer. */
import { get, HttpError, of, post } from "../shared/http";
import type { PixelsRaw } from "../shared/pixels";
import type { Answer, Verdict } from "./round";
import { tell } from "./wire";

/** Real items to learn by, as rounds show items. */
export interface Examples {
  /** null: none, as each may be asked about. */
  readonly raw: PixelsRaw | null;
  readonly words: string;
}

export function examples(run: string): Promise<Examples> {
  return get(of(run, "/play/examples"), { query: { n: 8 } });
}

/** Tells that a question is on the screen: its clock runs from here. Never fails: without it the clock ran from the sending. */
export async function seen(run: string, round: string, k: number): Promise<void> {
  const say = (): Promise<unknown> => post(at(run, round, `/${k}/shown`));
  await say().catch(say).catch(() => undefined);
}

/** Answers a question. Where the server has an answer already, what came of that one. */
export async function answered(run: string, round: string, k: number, answer: Answer, seconds: number): Promise<Verdict> {
  try {
    return await tell(run, round, k, answer, seconds);
  } catch (reason) {
    if (!(reason instanceof HttpError && reason.status === 409)) throw reason;
    const kept = (await get<{ answers: readonly Verdict[] }>(at(run, round))).answers[k];
    if (kept === undefined) throw reason;
    return kept;
  }
}

function at(run: string, round: string, rest = ""): string {
  return of(run, `/play/rounds/${encodeURIComponent(round)}${rest}`);
}
