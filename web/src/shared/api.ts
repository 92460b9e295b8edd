/** What the server tells of runs; the contract's JSON, typed. */

export type State = "new" | "training" | "paused" | "done" | "interrupted" | "out of time" | "not finite" | "failed" | "unhealthy" | "unreadable";

export interface Score {
  value: number;
  error: number | null;
  kimg: number;
}

export interface Summary {
  id: string;
  number: number | null;
  name: string;
  data: string;
  domain: string;
  recipe: string;
  state: State;
  health: { word: string; words: string };
  progress: number;
  kimg: number;
  total_kimg: number;
  score: Score | null;
  /** Unix seconds. */
  updated: number;
  picture: string | null;
  picture_size: [number, number] | null;
  singly: boolean;
  /** Samples are two numbers: the game can be shown in the plane. */
  plane: boolean;
  ready: boolean;
}

export interface Frame {
  /** null: the journal does not say. */
  kimg: number | null;
  step: number;
  url: string;
}

export interface Sign {
  kind: "finding" | "treated" | "judged" | "decision" | "stopped" | "resumed";
  kimg: number;
  step: number;
  severity: string | null;
  ailment: string | null;
  title: string | null;
  words: string;
}

export type Command = "pause" | "resume" | "save" | "sample" | "stop";

export interface Detail extends Summary {
  /** k samples ever shown: `kimg`, and what treatments took back. */
  reach_kimg: number;
  about: { data: string; recipe: string; plan: string };
  notes: string[];
  rate: number | null;
  seconds_left: number | null;
  paused: boolean;
  frames: Frame[];
  signs: Sign[];
  classes: string[];
  controls: Command[];
  version: number;
}

export interface CurveLine {
  name: string;
  title: string;
  kimg: number[];
  mean: (number | null)[];
  low: (number | null)[] | null;
  high: (number | null)[] | null;
}

export interface Chart {
  name: string;
  title: string;
  unit: string;
  log: boolean;
  floor: number | null;
  lines: CurveLine[];
}

export interface Curves {
  reach_kimg: number;
  charts: Chart[];
}

export interface Changed {
  version: number;
  state: State;
  kimg: number;
  frame: string | null;
}

/** States in which the run still writes. */
export function running(state: State): boolean {
  return state === "training" || state === "paused" || state === "new";
}
