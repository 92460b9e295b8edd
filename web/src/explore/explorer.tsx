/** The page Explore once the generator is known: stage, wall, neighbours, favourites. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { wordsOf } from "../shared/http";
import { useKeys } from "../shared/keys";
import { toast } from "../shared/ui";
import { explore as texts } from "../texts/explore";
import { Chosen } from "./chosen";
import { Directions } from "./directions";
import { Favourites } from "./favourites";
import { LatentMap } from "./map";
import { Nearest } from "./nearest";
import { planeFrame } from "./points";
import { chosenZ, isMoved, onFavourite, onWall, returned, type Standing, walked } from "./standing";
import { useWalk, type Wanted } from "./walk";
import { Wall } from "./wall";
import { type Favourite, favourites as askFavourites, forget, type Generator, keep, type Opened, type Samples, samples, type Wish } from "./wire";

const SEEDS = 100_000;

export function Explorer({ run, generator }: { run: string; generator: Generator }) {
  const of = useMemo<Opened>(() => ({ run, step: generator.step }), [run, generator.step]);
  const [wish, setWish] = useState<Wish>({ seed: 0, truncation: 1, kind: null });
  const [standing, setStanding] = useState<Standing | null>(null);
  const wall = useWall(of, wish, (made) => {
    const k = typeof standing?.from === "number" ? standing.from : 0;
    if (standing === null || typeof standing.from === "number") setStanding(onWall(generator, made, k));
  });
  const wanted = useMemo<Wanted | null>(
    () => (standing === null ? null : { z: walked(generator, standing), kind: standing.kind }),
    [standing, generator],
  );
  const frame = useMemo(() => planeFrame(wall.made?.raw ?? null), [wall.made]);
  const walk = useWalk(of, generator, wanted);
  const kept = useFavourites(of);
  const choose = (k: number): void => {
    if (wall.made !== null) setStanding(onWall(generator, wall.made, k));
  };
  const beside = (by: number): void => {
    const count = wall.made?.z.length ?? 0;
    if (count > 0) choose(((typeof standing?.from === "number" ? standing.from : 0) + by + count) % count);
  };
  const again = (): void => setWish({ ...wish, seed: Math.floor(Math.random() * SEEDS) });
  const back = (): void => setStanding(standing === null ? null : returned(standing));
  const star = (): void => {
    if (standing !== null) kept.add(chosenZ(generator, standing), standing.kind);
  };
  useKeys([
    { key: "n", words: texts.keys.seed, run: again },
    { key: "s", words: texts.keys.star, run: star },
    { key: "0", words: texts.keys.back, run: back },
    { key: "]", words: texts.keys.next, run: () => beside(1) },
    { key: "[", words: texts.keys.previous, run: () => beside(-1) },
  ]);
  const place = standing === null ? null : { z: chosenZ(generator, standing), kind: standing.kind };
  return (
    <div class="explore">
      <p class="lead">{texts.lead}</p>
      <div class="ex-stage">
        <Chosen run={run} walk={walk} generator={generator} moved={standing !== null && isMoved(standing)} frame={frame} at={standing?.chosen ?? 0} star={star} back={back} />
        <LatentMap of={of} generator={generator} standing={standing} frame={frame} set={setStanding} />
        <Directions generator={generator} standing={standing} set={setStanding} />
      </div>
      <Wall generator={generator} wish={wish} setWish={setWish} wall={wall} frame={frame} standing={standing} choose={choose} again={again} />
      <div class="ex-below">
        <Nearest of={of} place={place} />
        <Favourites
          of={of}
          engine={walk.engine}
          generator={generator}
          kept={kept.all}
          error={kept.error}
          go={(each) => setStanding(onFavourite(generator, each.z, each.class, each.id))}
          remove={kept.remove}
        />
      </div>
    </div>
  );
}

export interface WallState {
  readonly made: Samples | null;
  readonly error: unknown;
  readonly busy: boolean;
  readonly again: () => void;
}

function useWall(of: Opened, wish: Wish, arrived: (made: Samples) => void): WallState {
  const [made, setMade] = useState<Samples | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(true);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let heard = true;
    setBusy(true);
    // A slider that is dragged asks for a wall at every step; only where it rests is one made
    const timer = setTimeout(() => {
      samples(of, wish).then(
        (told) => {
          if (!heard) return;
          setMade(told);
          setError(null);
          setBusy(false);
          arrived(told);
        },
        (reason: unknown) => {
          if (!heard) return;
          setError(reason);
          setBusy(false);
        },
      );
    }, made === null ? 0 : 60);
    return () => {
      heard = false;
      clearTimeout(timer);
    };
  }, [of, wish, attempt]);
  return { made, error, busy, again: () => setAttempt(attempt + 1) };
}

interface Kept {
  readonly all: readonly Favourite[] | null;
  readonly error: unknown;
  add(z: readonly number[], kind: string | null): void;
  remove(id: string): void;
}

function useFavourites(of: Opened): Kept {
  const [all, setAll] = useState<readonly Favourite[] | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    askFavourites(of.run).then(setAll, setError);
  }, [of]);
  const failed = (reason: unknown): void => toast(wordsOf(reason), "failed");
  return {
    all,
    error,
    add: (z, kind) => {
      keep(of, z, kind).then((made) => {
        setAll((before) => [made, ...(before ?? [])]);
        toast(texts.starred);
      }, failed);
    },
    remove: (id) => {
      forget(of.run, id).then(() => {
        setAll((before) => before?.filter((each) => each.id !== id) ?? null);
        toast(texts.removed);
      }, failed);
    },
  };
}
