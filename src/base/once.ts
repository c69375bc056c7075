/** A thing that is made when it is first asked for, and then kept; a failure is not kept, so the next ask tries again. */
export type Once<T> = {
  (): Promise<T>;
  started(): boolean;
  /** What was made; undefined until then. An await costs a turn of the queue even for what is there. */
  now(): T | undefined;
};

/** Wraps `make` so that any number of callers share one making. */
export function once<T>(make: () => Promise<T>): Once<T> {
  let made: Promise<T> | undefined;
  let value: T | undefined;
  const ask = (): Promise<T> => {
    made ??= make().then(
      (it) => {
        value = it;
        return it;
      },
      (error: unknown) => {
        made = undefined;
        throw error;
      },
    );
    return made;
  };
  return Object.assign(ask, { started: () => made !== undefined, now: () => value });
}
