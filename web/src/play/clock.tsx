/** Time left for a question, as a bar that runs down. */
import { useEffect, useRef, useState } from "preact/hooks";
import { Live } from "../shared/ui";
import { play as texts } from "../texts/play";
import { left } from "./round";

interface ClockProps {
  seconds: number;
  running: boolean;
  out: () => void;
}

/** Seconds left at which a screen reader is told. */
const SOON = 3;

export function Clock({ seconds, running, out }: ClockProps) {
  const [remains, setRemains] = useState(seconds);
  const latest = useRef(out);
  latest.current = out;
  useEffect(() => {
    if (!running) return undefined;
    const began = performance.now();
    // Not by animation frames: a page in the background gets none, and its time runs out too
    const timer = setInterval(() => {
      const now = left(seconds, began, performance.now());
      setRemains(now);
      if (now > 0) return;
      clearInterval(timer);
      latest.current();
    }, 50);
    return () => clearInterval(timer);
  }, [running, seconds]);
  const soon = remains <= SOON;
  return (
    <div class={`pl-clock ${soon ? "soon" : ""}`}>
      <span style={{ transform: `scaleX(${remains / seconds})` }} />
      <Live words={running && soon && remains > 0 ? texts.table.late(SOON) : ""} />
    </div>
  );
}
