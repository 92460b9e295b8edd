/** Walking: from a place in latent space to its picture, as fast as the engine at work allows. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { wordsOf } from "../shared/http";
import { bestEngine, type Engine, type Made, serverEngine } from "./engine";
import { median, type Z } from "./latent";
import { Newest } from "./newest";
import type { Generator, Opened } from "./wire";
import { explore as texts } from "../texts/explore";

export interface Wanted {
  readonly z: readonly Z[];
  readonly kind: string | null;
}

export interface Shown extends Made {
  readonly of: Wanted;
}

export interface Walk {
  readonly shown: Shown | null;
  readonly engine: Engine;
  /** Median of the last pictures; null before the first. */
  readonly milliseconds: number | null;
  readonly error: unknown;
  readonly again: () => void;
}

const REMEMBERED = 15;
/** Milliseconds until a server that did not answer is asked again. */
const RETRY = 3000;

/** The picture of what is wanted; while one is being made, of what was wanted meanwhile only the newest is made. */
export function useWalk(of: Opened, generator: Generator, wanted: Wanted | null): Walk {
  const [engine, setEngine] = useState<Engine>(() => serverEngine(of, texts.engine.loading));
  const [shown, setShown] = useState<Shown | null>(null);
  const [error, setError] = useState<unknown>(null);
  const taken = useRef<number[]>([]);
  const at = useRef(engine);
  at.current = engine;
  const newestOf = useRef<Newest<Wanted, Made> | null>(null);
  const newest = useMemo(
    () =>
      new Newest<Wanted, Made>((asked) => at.current.make(asked.z, asked.kind), {
        done: (made, asked) => {
          taken.current = [...taken.current, made.milliseconds].slice(-REMEMBERED);
          setShown({ ...made, of: asked });
          setError(null);
        },
        failed: (reason, asked) => {
          if (at.current.kind === "server") return setError(reason);
          at.current = serverEngine(of, texts.engine.broken(wordsOf(reason)));
          setEngine(at.current);
          newestOf.current?.ask(asked);
        },
      }),
    [of],
  );
  newestOf.current = newest;
  useEffect(() => () => newest.close(), [newest]);
  useEffect(() => {
    if (wanted !== null) newest.ask(wanted);
  }, [wanted, newest]);
  const first = wanted?.z[0];
  const begun = useRef(false);
  const pictures = generator.shape.kind === "pixels";
  useEffect(() => {
    if (first === undefined || begun.current || (pictures && generator.onnx.making)) return;
    begun.current = true;
    void bestEngine(of, generator, first).then((best) => {
      taken.current = [];
      setEngine(best);
    });
  }, [first, of, generator]);
  const again = (): void => {
    if (wanted !== null) newest.ask(wanted);
  };
  useEffect(() => {
    if (!(error instanceof TypeError)) return undefined; // the server does not answer: it may come back
    const timer = setTimeout(again, RETRY);
    return () => clearTimeout(timer);
  }, [error]);
  return { shown, engine, milliseconds: taken.current.length === 0 ? null : median(taken.current), error, again };
}
