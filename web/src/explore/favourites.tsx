/** Favourites: kept by the server with their place in latent space. */
import { number } from "../shared/format";
import { Pixels } from "../shared/pixels";
import { Button, Failed } from "../shared/ui";
import { explore as texts } from "../texts/explore";
import type { Engine } from "./engine";
import { Film } from "./film";
import type { Favourite, Generator, Opened } from "./wire";

interface FavouritesProps {
  of: Opened;
  engine: Engine;
  generator: Generator;
  kept: readonly Favourite[] | null;
  error: unknown;
  go: (favourite: Favourite) => void;
  remove: (id: string) => void;
}

export function Favourites({ of, engine, generator, kept, error, go, remove }: FavouritesProps) {
  const all = kept ?? [];
  return (
    <section class="ex-favourites" aria-label={texts.favourites}>
      <h2>{texts.favourites}</h2>
      {error === null ? null : <Failed error={error} />}
      {all.length === 0 && error === null ? <p class="small quiet">{texts.noFavourites}</p> : null}
      <ul class="ex-kept">
        {all.map((each, k) => (
          <li key={each.id}>
            <button type="button" class="ex-go" aria-label={texts.goTo(k)} onClick={() => go(each)}>
              <Pixels raw={each.raw} label={texts.favourite(k)} />
            </button>
            <Button kind="quiet" class="icon ex-remove" label={texts.remove(k)} onClick={() => remove(each.id)}>
              ×
            </Button>
            <span class="small quiet">{captionOf(each)}</span>
          </li>
        ))}
      </ul>
      {all.length >= 2 ? (
        <Film of={of} engine={engine} generator={generator} all={all} />
      ) : all.length === 1 ? (
        <p class="small quiet">{texts.filmNeeds}</p>
      ) : null}
    </section>
  );
}

/** Its class, and of a row what stands in it. */
function captionOf({ raw, class: kind }: Favourite): string {
  const values = raw.kind === "rows" ? (raw.rows[0] ?? []).slice(0, 2).map((value) => number(value)) : [];
  return [...(kind === null ? [] : [kind]), ...values].join(", ");
}
