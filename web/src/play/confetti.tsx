/** A little joy for a streak; none where no movement is wanted. */
import { useMemo } from "preact/hooks";
import { still } from "../shared/theme";

const COUNT = [0, 14, 28, 60] as const;
const COLOURS = ["var(--accent)", "var(--real)", "var(--good)", "var(--fifth)", "var(--sixth)"];

export function Confetti({ much }: { much: 0 | 1 | 2 | 3 }) {
  const bits = useMemo(
    () =>
      Array.from({ length: COUNT[much] }, (_, k) => {
        const angle = Math.random() * 2 * Math.PI;
        const far = 8 + Math.random() * 12;
        return {
          "--x": `${(Math.cos(angle) * far).toFixed(2)}rem`,
          "--y": `${(Math.sin(angle) * far - 4).toFixed(2)}rem`,
          "--turn": `${Math.round(Math.random() * 720 - 360)}deg`,
          background: COLOURS[k % COLOURS.length] ?? "",
        };
      }),
    [much],
  );
  if (still()) return null;
  return (
    <span class="pl-confetti" aria-hidden="true">
      {bits.map((style, k) => (
        <i key={k} style={style} />
      ))}
    </span>
  );
}
