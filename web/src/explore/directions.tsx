/** Directions found in the generator, as sliders. */
import { useState } from "preact/hooks";
import { Button, Slider } from "../shared/ui";
import { explore as texts } from "../texts/explore";
import type { Standing } from "./standing";
import type { Generator } from "./wire";

interface DirectionsProps {
  generator: Generator;
  standing: Standing | null;
  set: (standing: Standing) => void;
}

/** Directions shown at first. */
const FEW = 5;
/** How far a slider reaches, in typical steps. */
const REACH = 3;

export function Directions({ generator, standing, set }: DirectionsProps) {
  const [all, setAll] = useState(false);
  const { directions } = generator;
  const shown = all ? directions : directions.slice(0, FEW);
  const change = (i: number, amount: number): void => {
    if (standing === null) return;
    set({ ...standing, amounts: standing.amounts.map((before, at) => (at === i ? amount : before)) });
  };
  return (
    <section class="ex-directions" aria-label={texts.directions}>
      <h2>{texts.directions}</h2>
      <p class="small quiet">{directions.length === 0 ? texts.noDirections : texts.directionsOf[generator.method]}</p>
      <div class="ex-sliders">
        {shown.map((direction, i) => {
          const amount = standing?.amounts[i] ?? 0;
          return (
            <Slider
              key={direction.name}
              label={texts.direction(direction.name, direction.share)}
              value={amount}
              min={-REACH}
              max={REACH}
              step={0.05}
              words={texts.amount(amount)}
              disabled={standing === null}
              onInput={(value) => change(i, value)}
            />
          );
        })}
      </div>
      {directions.length > FEW ? (
        <Button kind="quiet" onClick={() => setAll(!all)}>
          {all ? texts.fewerDirections : texts.moreDirections}
        </Button>
      ) : null}
    </section>
  );
}
