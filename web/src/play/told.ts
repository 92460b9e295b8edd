/** What a player is told of an answer. */
import { play as texts } from "../texts/play";
import { joy, type Verdict } from "./round";

/** Of question `k`: right or wrong and the truth, in a few words. */
export function toldOf(k: number, verdict: Verdict): string {
  const { right, late, truth, streak } = verdict;
  if (late) return `${texts.outcome.late} ${texts.outcome.truth(truth)}`;
  if (!right) return typeof truth === "number" ? texts.outcome.wrongOne(truth) : texts.outcome.wrong[truth];
  return texts.outcome.joy[joy(streak)] || (texts.outcome.right[k % texts.outcome.right.length] ?? "");
}
