/** Reading again what changes all the time, not more often than a busy machine bears. */

/** So many times as long as a reading took is waited after it: a page must not slow a training on the same machine. */
const SHARE = 50;

export class Paced {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private due = false;
  private busy = false;
  private closed = false;
  private ended = -Infinity;
  private took = 0;

  /** `read` may fail: what was read before then stays. */
  constructor(private readonly read: () => Promise<unknown>) {}

  /** Read as soon as `often` milliseconds have passed since the last reading; 0 = at once. */
  soon(often: number): void {
    this.due = true;
    if (this.busy || this.closed) return;
    clearTimeout(this.timer);
    const rest = often === 0 ? 0 : Math.max(often, SHARE * this.took);
    this.timer = setTimeout(() => void this.now(often), Math.max(0, this.ended + rest - performance.now()));
  }

  /** Do what waits, if anything does, within `often` milliseconds of the last reading. */
  hurry(often: number): void {
    if (this.due) this.soon(often);
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private async now(often: number): Promise<void> {
    const began = performance.now();
    this.due = false;
    this.busy = true;
    await this.read().catch(() => undefined);
    this.busy = false;
    this.ended = performance.now();
    this.took = this.ended - began;
    if (this.due) this.soon(often);
  }
}
