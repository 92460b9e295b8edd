/** Explore: what the generator has learned, as places to walk to. */
import { useEffect, useState } from "preact/hooks";
import type { Summary } from "../shared/api";
import { Gone } from "../shared/gone";
import { get, HttpError, missing, of } from "../shared/http";
import { Link } from "../shared/router";
import { Empty, Failed, Loading } from "../shared/ui";
import { explore as texts } from "../texts/explore";
import { Explorer } from "./explorer";
import { type Generator, generator as ask } from "./wire";

/** Milliseconds until a run without a checkpoint is looked at again. */
const AGAIN = 4000;

export default function ExplorePage({ run }: { run: string }) {
  const [generator, setGenerator] = useState<Generator | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  const refused = error instanceof HttpError && error.status === 409;
  const ready = useReady(run, refused);
  const waiting = refused && ready === false;
  useEffect(() => {
    let heard = true;
    ask(run).then(
      (told) => {
        if (!heard) return;
        setError(null);
        setGenerator((before) => (before?.step === told.step ? { ...before, onnx: told.onnx } : (before ?? told)));
      },
      (reason: unknown) => heard && setError(reason),
    );
    return () => {
      heard = false;
    };
  }, [run, attempt]);
  // The generator for the browser is in the making: the server is at work meanwhile
  const making = generator?.onnx.making === true;
  useEffect(() => {
    if (!waiting && !making) return undefined;
    const timer = setTimeout(() => setAttempt(attempt + 1), AGAIN);
    return () => clearTimeout(timer);
  }, [waiting, making, attempt]);
  if (missing(error)) return <Gone />;
  if (generator !== null) return <Explorer run={run} generator={generator} />;
  if (refused && ready !== null) {
    return <NotYet run={run} words={error.message} title={ready ? texts.cannot : texts.notYet} link={ready ? texts.lookAtIt : texts.watchIt} />;
  }
  if (error !== null && !refused) return <Failed error={error} again={() => setAttempt(attempt + 1)} />;
  return <Loading words={texts.loading} />;
}

/** Whether a run that was refused has a checkpoint, so that waiting for one does not help; null while that is not known. */
function useReady(run: string, refused: boolean): boolean | null {
  const [ready, setReady] = useState<boolean | null>(null);
  useEffect(() => {
    let heard = refused;
    if (refused) {
      get<Summary>(of(run)).then(
        (told) => heard && setReady(told.ready),
        () => heard && setReady(false),
      );
    }
    return () => {
      heard = false;
    };
  }, [run, refused]);
  return ready;
}

interface NotYetProps {
  run: string;
  words: string;
  title: string;
  link: string;
}

/** A run that has no checkpoint so far; the page looks again by itself. */
export function NotYet({ run, words, title, link }: NotYetProps) {
  return (
    <Empty title={title}>
      <p class="quiet" role="status">
        {words}
      </p>
      <Link to={`/run/${encodeURIComponent(run)}`} class="button main">
        {link}
      </Link>
    </Empty>
  );
}
