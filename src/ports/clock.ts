// The door to time. Monotonic time drives every deadline; real time only stamps messages and is shown to people,
// so a jump of the wall clock never expires anything. Bodies: node/node_clock.ts, sim/sim_clock.ts.

export interface Timer {
  /** Stops the timer; a cancelled timer never calls back. Harmless after it fired. */
  cancel(): void;
}

export interface Clock {
  /** Milliseconds since an arbitrary start, with fraction; never goes back. */
  monotonicMs(): number;

  /** Milliseconds since the Unix epoch, with fraction (microseconds or better). May jump. */
  realtimeMs(): number;

  /** Calls back once, `delayMs` from now, in a turn of its own. */
  after(delayMs: number, callback: () => void): Timer;

  /**
   * Calls back once when this turn of the loop has handled all input that was waiting: the place where output leaves
   * and where the turn's records are committed. Callbacks registered by such a callback run in a further round of
   * the same turn end.
   */
  atTurnEnd(callback: () => void): void;
}
