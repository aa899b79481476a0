/**
 * The budget of rounds that the loops of one call share: a number of rounds, or else time. The module counts down and asks
 * for more when it has none; a call that gets none leaves its loops.
 */

/** Rounds between two looks at the clock. */
const CHUNK = 1 << 16;
/** Milliseconds that the loops of a call may take where no number of rounds was given. */
export const TIME_LIMIT = 10_000;
/** The largest count that the module's 32-bit counter takes at once. */
const MAX_ROUNDS = 0x7fffffff;

export class Budget {
  readonly #rounds: number | undefined;
  readonly #now: () => number;
  #started: number | undefined;
  #left = 0;

  /** `rounds`: of each call in all; absent: TIME_LIMIT. `now` gives milliseconds. Throws RangeError for a negative or fractional number. */
  constructor(rounds?: number, now: () => number = () => performance.now()) {
    if (rounds !== undefined && !(Number.isSafeInteger(rounds) && rounds >= 0)) throw new RangeError(`rounds must be a non-negative integer, not ${rounds}`);
    this.#rounds = rounds;
    this.#now = now;
  }

  /** A new call begins: rounds it may make before it asks. */
  start(): number {
    this.#started = undefined;
    if (this.#rounds === undefined) return CHUNK;
    return this.#take(this.#rounds);
  }

  /** The counter is used up: rounds that it gets, 0 if there are none left. */
  more(): number {
    if (this.#rounds !== undefined) return this.#take(this.#left);
    // The clock is first read when a call has made many rounds: short calls don't pay for it.
    this.#started ??= this.#now();
    return this.#now() - this.#started < TIME_LIMIT ? CHUNK : 0;
  }

  #take(rounds: number): number {
    const taken = Math.min(rounds, MAX_ROUNDS);
    this.#left = rounds - taken;
    return taken;
  }

  /** What a call that another interrupts must get back. */
  save(): { readonly started: number | undefined; readonly left: number } {
    return { started: this.#started, left: this.#left };
  }
  restore(saved: { readonly started: number | undefined; readonly left: number }): void {
    this.#started = saved.started;
    this.#left = saved.left;
  }
}
