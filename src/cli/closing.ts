/** Things to be closed when a command ends: the last opened first, each once, whoever asks. */
export type Closing = { add(close: () => unknown): void; run(): Promise<void> };

/** A list with nothing to close yet. */
export function createClosing(): Closing {
  const open: (() => unknown)[] = [];
  let running: Promise<void> | undefined;
  const closeAll = async (): Promise<void> => {
    for (let close = open.pop(); close; close = open.pop()) await close();
  };
  return {
    add: (close) => open.push(close),
    run: () => (running ??= closeAll()),
  };
}
