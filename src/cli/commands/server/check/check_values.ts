// From a check's flags to the options of the check.

/** Flags are in nanoseconds, checks count seconds. */
export function secondsOf(ns: number | undefined): number | undefined {
  return ns === undefined ? undefined : ns / 1e9;
}

/** Only what somebody has said: the rest is for metadata and defaults to say. */
export function given<T extends object>(values: { readonly [K in keyof T]?: T[K] | undefined }): Partial<T> {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  // Without its undefined ones it has the type it was declared with.
  return Object.fromEntries(entries) as Partial<T>;
}
