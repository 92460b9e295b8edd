/** The newest samples, and every earlier picture of them by a slider through time. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Frame } from "../shared/api";
import { useKeys } from "../shared/keys";
import { tint } from "../shared/pixels";
import { useDark } from "../shared/theme";
import { Button, Slider } from "../shared/ui";
import { watch } from "../texts/watch";

const KEPT = 400;
const A_SECOND = 10;
const AHEAD = 8;
/** CSS pixels: what a picture is high at least, whatever the window; and what is left free below it. */
const LEAST = 280;
const MARGIN = 20;

/** Pictures by address: asked for once, and drawn as soon as they are there. */
class Pictures {
  private readonly kept = new Map<string, HTMLImageElement>();

  get(url: string): HTMLImageElement {
    const found = this.kept.get(url);
    if (found !== undefined) return found;
    const made = new Image();
    made.src = url;
    if (this.kept.size >= KEPT) {
      const oldest = this.kept.keys().next().value;
      if (oldest !== undefined) this.kept.delete(oldest);
    }
    this.kept.set(url, made);
    return made;
  }
}

interface StageProps {
  frames: readonly Frame[];
  live: boolean;
  /** Pictures of pixels are drawn in whole multiples; drawings of points smoothly. */
  crisp: boolean;
}

export function Stage({ frames, live, crisp }: StageProps) {
  const [at, setAt] = useState<number | null>(null); // null = follow the newest
  const [playing, setPlaying] = useState(false);
  const pictures = useRef(new Pictures()).current;
  const newest = frames.length - 1;
  const shown = at === null ? newest : Math.min(at, newest);
  const frame = frames[shown];
  const turn = (to: number): void => {
    const next = Math.max(0, Math.min(newest, to));
    setAt(next >= newest ? null : next);
  };
  useEffect(() => {
    for (let next = shown; next <= Math.min(newest, shown + AHEAD); next++) {
      const url = frames[next]?.url;
      if (url !== undefined) pictures.get(url);
    }
  }, [shown, frames]);
  useEffect(() => {
    if (!playing) return undefined;
    if (shown >= newest) {
      setPlaying(false);
      return undefined;
    }
    const timer = setTimeout(() => turn(shown + 1), 1000 / A_SECOND);
    return () => clearTimeout(timer);
  }, [playing, shown, newest]);
  const play = (): void => {
    if (!playing && shown >= newest) setAt(0);
    setPlaying(!playing);
  };
  useKeys([
    { key: " ", words: watch.playKey, run: play },
    { key: "ArrowLeft", words: watch.backKey, run: () => turn(shown - 1) },
    { key: "ArrowRight", words: watch.onKey, run: () => turn(shown + 1) },
  ]);
  if (frame === undefined) return <p class="stage-empty quiet">{live ? watch.noFrames : watch.noneDrawn}</p>;
  const words = watch.frame(frame.kimg, shown === newest && live);
  return (
    <figure class="stage">
      <figcaption>
        <div class="player">
          <Button class="icon" onClick={play} label={playing ? watch.stopPlaying : watch.play} disabled={newest < 1}>
            <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
              {playing ? <path d="M3 2h4v12H3zM9 2h4v12H9z" fill="currentColor" /> : <path d="M4 2l10 6-10 6z" fill="currentColor" />}
            </svg>
          </Button>
          <Slider
            label={watch.history}
            hideLabel
            min={0}
            max={Math.max(newest, 0)}
            value={shown}
            onInput={(next) => {
              setPlaying(false);
              turn(next);
            }}
            words={words}
            disabled={newest < 1}
          />
        </div>
        {at !== null && !playing ? (
          <Button kind="quiet" onClick={() => setAt(null)}>
            {watch.newest}
          </Button>
        ) : null}
      </figcaption>
      <Picture image={pictures.get(frame.url)} alt={watch.frameAlt(frame.kimg)} crisp={crisp} />
    </figure>
  );
}

/** The most times, at most `most`, at which pixels stay sharp: whole multiples, or quarters of pictures that are written
enlarged four times, as those of few pixels are. */
function sharp(most: number): number {
  return most >= 1 ? Math.floor(most) : Math.floor(4 * most) / 4;
}

/** Draws the picture when it is loaded; until then the one before stays, so that nothing flickers. */
function Picture({ image, alt, crisp }: { image: HTMLImageElement; alt: string; crisp: boolean }) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const dark = useDark();
  useEffect(() => {
    const draw = (): void => {
      const own = canvas.current;
      if (own === null || image.naturalWidth === 0) return;
      own.width = image.naturalWidth;
      own.height = image.naturalHeight;
      own.getContext("2d")?.drawImage(image, 0, 0);
      if (!crisp) tint(own);
      fit();
    };
    const fit = (): void => {
      const own = canvas.current;
      const room = box.current?.clientWidth ?? 0;
      if (own === null || own.width === 0 || room === 0) return;
      const above = (box.current?.getBoundingClientRect().top ?? 0) + scrollY;
      const high = Math.max(LEAST, innerHeight - above - MARGIN);
      const most = Math.min(room, high * (own.width / own.height));
      const times = sharp((most * devicePixelRatio) / own.width);
      const width = crisp && times > 0 ? (own.width * times) / devicePixelRatio : Math.min(most, own.width * 1.5);
      own.style.width = `${width}px`;
      own.style.height = `${(width * own.height) / own.width}px`;
      own.style.imageRendering = crisp && times >= 1 ? "pixelated" : "auto";
    };
    if (image.complete) draw();
    else image.addEventListener("load", draw);
    const sized = new ResizeObserver(fit);
    if (box.current !== null) sized.observe(box.current);
    window.addEventListener("resize", fit); // the box knows of the window's width only
    return () => {
      image.removeEventListener("load", draw);
      window.removeEventListener("resize", fit);
      sized.disconnect();
    };
  }, [image, crisp, dark]);
  return (
    <div class="stage-box" ref={box}>
      <canvas ref={canvas} role="img" aria-label={alt} />
    </div>
  );
}
