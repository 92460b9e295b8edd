/** Real items to learn by, before a game: who has never seen one cannot tell. */
import { useEffect, useState } from "preact/hooks";
import { bytesOf } from "../shared/pixels";
import { play as texts } from "../texts/play";
import { type Examples, examples } from "./asking";
import { Sharp } from "./card";

/** Of a run; an error where it cannot be played with, as its data have moved. */
export function useExamples(run: string): { told: Examples | null; error: unknown } {
  const [told, setTold] = useState<Examples | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    let heard = true;
    examples(run).then(
      (found) => heard && setTold(found),
      (reason: unknown) => heard && setError(reason),
    );
    return () => {
      heard = false;
    };
  }, [run]);
  return { told, error };
}

export function ExamplesStrip({ told }: { told: Examples | null }) {
  const words = texts.examples;
  if (told === null) return <section class="pl-examples" aria-label={words.title} aria-busy="true" />;
  if (told.raw === null) return <p class="small quiet">{told.words}</p>;
  const { n, height, width, channels } = told.raw;
  const bytes = bytesOf(told.raw);
  const size = height * width * channels;
  return (
    <section class="pl-examples" aria-label={words.title}>
      <h3>{words.title}</h3>
      <ul>
        {Array.from({ length: n }, (_, i) => (
          <li key={i}>
            <Example bytes={bytes} at={i} size={size} height={height} width={width} />
          </li>
        ))}
      </ul>
      <p class="small quiet">{told.words}</p>
    </section>
  );
}

interface ExampleProps {
  bytes: Uint8Array;
  at: number;
  size: number;
  height: number;
  width: number;
}

function Example({ bytes, at, size, height, width }: ExampleProps) {
  const [own] = useState(() => bytes.slice(at * size, (at + 1) * size));
  return <Sharp bytes={own} height={height} width={width} label={texts.examples.item(at)} />;
}
