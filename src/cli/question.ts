import { createInterface } from 'node:readline/promises';

/** Whether questions may be asked: on a terminal, and not with `--no-input`. */
export function mayAsk({ input }: { input?: boolean }): boolean {
  return input !== false && process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** Asks on stderr, so that stdout stays the result; no answer means no. */
export async function confirm(question: string): Promise<boolean> {
  return /^y(es)?$/i.test(await ask(`${question} [y/N] `));
}

/** Lets the person choose by number; Enter takes the first. */
export async function choose<T extends { title: string }>(
  question: string,
  choices: readonly T[],
): Promise<T | undefined> {
  const list = choices.map(({ title }, at) => `  ${at + 1}  ${title}`).join('\n');
  const answer = await ask(`${question}\n${list}\n> [1] `);
  return choices[answer === '' ? 0 : Number(answer) - 1];
}

async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await lines.question(question)).trim();
  } finally {
    lines.close();
  }
}
