/** Pause, go on, save, sample and stop; and what the run answers. */
import { useState } from "preact/hooks";
import type { Command, Detail } from "../shared/api";
import { get, of, post, wordsOf } from "../shared/http";
import { useKeys } from "../shared/keys";
import { Ask, Button, toast } from "../shared/ui";
import { watch } from "../texts/watch";

interface Answer {
  state: "waiting" | "done" | "refused";
  words: string;
}

const LOOKS = 40;
const BETWEEN = 500;
/** After so many looks without an answer it is said that the run was asked; the button has shown it until then. */
const LONG = 5;

/** Sends a command, and tells what became of it. */
async function send(run: string, command: Command): Promise<void> {
  const { id } = await post<{ id: string }>(of(run, "/control"), { command });
  for (let look = 0; look < LOOKS; look++) {
    await new Promise((go) => setTimeout(go, BETWEEN));
    const answer = await get<Answer>(of(run, `/control/${encodeURIComponent(id)}`));
    if (answer.state === "waiting") {
      if (look === LONG) toast(watch.asked[command] ?? command);
      continue;
    }
    if (answer.state === "done") toast(watch.done[command] ?? answer.words);
    else toast(watch.refused(answer.words), "failed");
    return;
  }
  toast(watch.unanswered);
}

const ORDER: readonly Command[] = ["resume", "pause", "sample", "save", "stop"];

export function Controls({ run, detail, changed }: { run: string; detail: Detail; changed: () => void }) {
  const [busy, setBusy] = useState<Command | null>(null);
  const [asking, setAsking] = useState(false);
  const can = ORDER.filter((each) => detail.controls.includes(each));
  const does = (command: Command): void => {
    if (busy !== null || !can.includes(command)) return;
    setBusy(command);
    send(run, command)
      .catch((error) => toast(wordsOf(error), "failed"))
      .finally(() => {
        setBusy(null);
        changed();
      });
  };
  useKeys(
    can.length === 0
      ? []
      : [
          { key: "p", words: watch.pauseKey, run: () => does(can.includes("resume") ? "resume" : "pause") },
          { key: "s", words: watch.sampleKey, run: () => does("sample") },
        ],
  );
  if (can.length === 0) return null;
  return (
    <div class="row controls">
      {can.map((each) => (
        <Button
          key={each}
          kind={each === "resume" ? "main" : each === "stop" ? "danger" : "plain"}
          disabled={busy !== null}
          onClick={() => (each === "stop" ? setAsking(true) : does(each))}
        >
          {busy === each ? `${watch.controls[each] ?? each} …` : watch.controls[each]}
        </Button>
      ))}
      <Ask
        title={watch.stopTitle}
        words={watch.stopWords(run)}
        yes={watch.stopYes}
        open={asking}
        danger
        answer={(yes) => {
          setAsking(false);
          if (yes) does("stop");
        }}
      />
    </div>
  );
}
