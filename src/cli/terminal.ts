/** Whether a person can be asked: a terminal to read from and one to show the question on. */
export const canAsk = (noInput = false): boolean =>
  !noInput && process.stdin.isTTY === true && process.stderr.isTTY === true;

/** How many columns the terminal has that results go to; plenty where it is none, so that nothing is cut for a file. */
export const terminalWidth = (): number => (process.stdout.isTTY ? (process.stdout.columns ?? 80) : 200);
