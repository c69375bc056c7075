/** A thing that is made when it is first asked for, and then kept; a failure is not kept, so the next ask tries again. */
export type Once<T> = { (): Promise<T>; started(): boolean };

/** Wraps `make` so that any number of callers share one making. */
export function once<T>(make: () => Promise<T>): Once<T> {
  let made: Promise<T> | undefined;
  const ask = (): Promise<T> => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
  return Object.assign(ask, { started: () => made !== undefined });
}
