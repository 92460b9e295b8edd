/** How often the detective is right, beside what guessing would give. */
import { percent } from "../shared/format";
import { happening } from "../texts/watch";

export function Meter({ apart }: { apart: number }) {
  return (
    <div class="meter-box">
      <p class="row apart small">
        <span>{happening.meter}</span>
        <strong>{percent(apart)}</strong>
      </p>
      <div class="meter" aria-hidden="true">
        <span style={{ width: `${100 * apart}%` }} />
      </div>
      <p class="small quiet guessing">{happening.guessing}</p>
    </div>
  );
}
