/** From one favourite to another: played live, and saved as a GIF. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { wordsOf } from "../shared/http";
import { download, type Raw, Pixels } from "../shared/pixels";
import { Button, Select, Slider, toast } from "../shared/ui";
import { explore as texts } from "../texts/explore";
import type { Engine, Made } from "./engine";
import { between, swing } from "./latent";
import { Newest } from "./newest";
import { type Favourite, film, type Generator, type Opened } from "./wire";

interface FilmProps {
  of: Opened;
  engine: Engine;
  generator: Generator;
  all: readonly Favourite[];
}

/** Seconds there and back. */
const PERIOD = 5;

export function Film({ of, engine, generator, all }: FilmProps) {
  const [ends, setEnds] = useState<readonly [string, string]>(["", ""]);
  const [share, setShare] = useState(0);
  const [playing, setPlaying] = useState(false);
  const [making, setMaking] = useState(false);
  const from = all.find((each) => each.id === ends[0]) ?? all[1];
  const to = all.find((each) => each.id === ends[1]) ?? all[0];
  const raw = useFrame(engine, generator, from, to, share);
  usePlaying(playing, share, setShare);
  if (from === undefined || to === undefined) return null;
  const save = (): void => {
    setMaking(true);
    film(of, from.z, to.z, from.class)
      .then((blob) => download(blob, `${of.run}.gif`), (reason: unknown) => toast(wordsOf(reason), "failed"))
      .finally(() => setMaking(false));
  };
  const choices = all.map((each, k) => ({ value: each.id, words: texts.favourite(k) }));
  return (
    <div class="ex-film">
      <h3>{texts.film}</h3>
      <div class="ex-screen">{raw === null ? null : <Pixels raw={raw} label={texts.filmLabel} />}</div>
      <div class="ex-reel">
        <div class="row">
          <Select label={texts.from} value={from.id} choices={choices} choose={(id) => setEnds([id, to.id])} />
          <Select label={texts.to} value={to.id} choices={choices} choose={(id) => setEnds([from.id, id])} />
        </div>
        <Slider
          label={texts.share}
          value={share}
          min={0}
          max={1}
          step={0.01}
          words={`${Math.round(share * 100)} %`}
          onInput={(value) => {
            setPlaying(false);
            setShare(value);
          }}
        />
        <div class="row">
          <Button kind="main" onClick={() => setPlaying(!playing)}>
            {playing ? texts.pause : texts.play}
          </Button>
          <Button onClick={save} disabled={making}>
            {making ? texts.gifMaking : texts.gif}
          </Button>
        </div>
      </div>
    </div>
  );
}

function useFrame(engine: Engine, generator: Generator, from: Favourite | undefined, to: Favourite | undefined, share: number): Raw | null {
  const [raw, setRaw] = useState<Raw | null>(null);
  const newest = useMemo(
    () =>
      new Newest<{ z: number[]; kind: string | null }, Made>((asked) => engine.make([asked.z], asked.kind), {
        done: (made) => setRaw(made.raw),
        failed: () => undefined, // the stage tells of a server that does not answer
      }),
    [engine],
  );
  useEffect(() => () => newest.close(), [newest]);
  useEffect(() => {
    if (from === undefined || to === undefined) return;
    newest.ask({ z: between(from.z, to.z, share, generator.uniform, generator.coins), kind: from.class });
  }, [newest, from?.id, to?.id, share]);
  return raw;
}

function usePlaying(playing: boolean, share: number, set: (share: number) => void): void {
  const began = useRef(0);
  useEffect(() => {
    if (!playing) return undefined;
    // It goes on from where it stands
    began.current = performance.now() - (1000 * PERIOD * Math.acos(1 - 2 * share)) / (2 * Math.PI);
    let frame = requestAnimationFrame(function show(now) {
      set(Math.round(1000 * swing((now - began.current) / 1000, PERIOD)) / 1000);
      frame = requestAnimationFrame(show);
    });
    return () => cancelAnimationFrame(frame);
  }, [playing]);
}
