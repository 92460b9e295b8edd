/** The training samples nearest to the one shown: has it been copied? */
import { useEffect, useState } from "preact/hooks";
import { number } from "../shared/format";
import { wordsOf } from "../shared/http";
import { useKeys } from "../shared/keys";
import { Pixels } from "../shared/pixels";
import { Button, Loading } from "../shared/ui";
import { explore as texts } from "../texts/explore";
import type { Z } from "./latent";
import { type Neighbours, nearest, type Opened } from "./wire";

export interface Spot {
  readonly z: Z;
  readonly kind: string | null;
}

interface Found extends Neighbours {
  readonly at: string;
}

export function Nearest({ of, place }: { of: Opened; place: Spot | null }) {
  const [found, setFound] = useState<Found | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const here = JSON.stringify(place);
  const look = (): void => {
    if (place === null || busy) return;
    setBusy(true);
    nearest(of, place.z, place.kind)
      .then((told) => {
        setFound({ ...told, at: here });
        setError(null);
      }, setError)
      .finally(() => setBusy(false));
  };
  useKeys([{ key: "c", words: texts.keys.nearest, run: look }]);
  useEffect(() => setError(null), [here]);
  const stale = found !== null && found.at !== here;
  return (
    <section class="ex-nearest" aria-label={texts.nearest}>
      <h2>{texts.nearest}</h2>
      <p class="small quiet">{texts.nearestLead}</p>
      {found === null ? null : <Told found={found} stale={stale} />}
      {error === null ? null : (
        <p class="ex-trouble" role="alert">
          {wordsOf(error)}
        </p>
      )}
      {busy ? <Loading /> : null}
      {(found === null || stale) && !busy ? (
        <Button onClick={look} disabled={place === null}>
          {stale ? texts.nearestStale : texts.nearestLook}
        </Button>
      ) : null}
    </section>
  );
}

function Told({ found, stale }: { found: Found; stale: boolean }) {
  const { raw, distances, typical } = found;
  return (
    <div class={stale ? "ex-stale" : ""}>
      {raw.kind === "pixels" ? (
        <ol class="ex-strip">
          {distances.map((distance, k) => (
            <li key={k}>
              <Pixels raw={raw} index={k} label={texts.nearestLabel(k, number(distance))} />
              <span class="small quiet">{number(distance)}</span>
            </li>
          ))}
        </ol>
      ) : (
        <Pixels raw={raw} label={texts.nearestLead} class="ex-preview" />
      )}
      <p class="ex-verdict" aria-live="polite">
        {found.words || texts.copyWords(distances[0] ?? Number.NaN, typical)}
      </p>
    </div>
  );
}
