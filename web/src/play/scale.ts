/** Where things lie on a bar from 0 to 1. */

export interface Label {
  readonly id: string;
  /** 0 to 1. */
  readonly at: number;
}

/**
 * Labels' middles, moved as little as possible so that no two are nearer than `gap` and all are `margin` from the ends.
 * Kept in order; where they cannot all have room, they are spread evenly.
 */
export function apart(labels: readonly Label[], gap: number, margin: number): Map<string, number> {
  const sorted = [...labels].sort((a, b) => a.at - b.at);
  const room = 1 - 2 * margin;
  const each = sorted.length > 1 ? Math.min(gap, room / (sorted.length - 1)) : gap;
  const placed: number[] = [];
  sorted.forEach((label, i) => {
    const before = placed[i - 1];
    const wanted = Math.max(margin, Math.min(1 - margin, label.at));
    placed.push(before === undefined ? wanted : Math.max(wanted, before + each));
  });
  for (let i = placed.length - 1, most = 1 - margin; i >= 0; i--, most -= each) {
    placed[i] = Math.min(placed[i] ?? most, most);
    most = placed[i] ?? most;
  }
  return new Map(sorted.map((label, i) => [label.id, placed[i] ?? label.at]));
}

/** Realness on the judge's meter: by its root, as most of what happens to a forger happens near 0. */
export function onMeter(realness: number): number {
  return Math.sqrt(Math.max(0, Math.min(1, realness)));
}
