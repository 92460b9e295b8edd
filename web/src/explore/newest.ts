/** Work that is asked for faster than it is done: one piece at a time, and of those waiting only the newest. */

export interface Clock {
  set(run: () => void, milliseconds: number): unknown;
  clear(handle: unknown): void;
}

const CLOCK: Clock = {
  set: (run, milliseconds) => globalThis.setTimeout(run, milliseconds),
  clear: (handle) => globalThis.clearTimeout(handle as ReturnType<typeof setTimeout>),
};

export interface Told<In, Out> {
  done(result: Out, asked: In): void;
  failed(error: unknown, asked: In): void;
}

export class Newest<In, Out> {
  private waiting: { asked: In } | null = null;
  private busy = false;
  private over = false;
  private round = 0;
  private timer: unknown = null;

  /** `rest`: milliseconds without a new wish before work begins; 0 = at once. */
  constructor(
    private readonly work: (asked: In) => Promise<Out>,
    private readonly told: Told<In, Out>,
    private readonly rest = 0,
    private readonly clock: Clock = CLOCK,
  ) {}

  ask(asked: In): void {
    if (this.over) return;
    this.waiting = { asked };
    if (this.rest === 0) {
      this.next();
      return;
    }
    if (this.timer !== null) this.clock.clear(this.timer);
    this.timer = this.clock.set(() => {
      this.timer = null;
      this.next();
    }, this.rest);
  }

  /** Whether something newer than what is under way waits for its turn. */
  get waits(): boolean {
    return this.waiting !== null;
  }

  /** Forget what waits; what is under way ends unheard, and a new wish is heard again. */
  drop(): void {
    this.waiting = null;
    this.round += 1;
    if (this.timer !== null) this.clock.clear(this.timer);
    this.timer = null;
  }

  close(): void {
    this.drop();
    this.over = true;
  }

  private next(): void {
    if (this.busy || this.waiting === null || this.timer !== null) return;
    const { asked } = this.waiting;
    const round = this.round;
    this.waiting = null;
    this.busy = true;
    this.work(asked)
      .then(
        (result) => this.round === round && this.told.done(result, asked),
        (error: unknown) => this.round === round && this.told.failed(error, asked),
      )
      .finally(() => {
        this.busy = false;
        this.next();
      });
  }
}
