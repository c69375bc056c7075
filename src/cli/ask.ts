import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { ProxyError } from '../base/errors.ts';
import { Secret } from '../base/secret.ts';
import { exitCodes } from './exit-codes.ts';
import { canAsk } from './terminal.ts';

/**
 * A line from the person; the question goes to stderr, because stdout is for results. Ctrl+C and Ctrl+D end the process,
 * as they do where a secret is typed.
 */
export async function askLine(question: string, initial?: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await lines.question(`${question}${initial === undefined ? '' : ` (${initial})`}: `);
    return answer.trim() === '' ? (initial ?? '') : answer.trim();
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
    process.stderr.write('\n');
    return process.exit(exitCodes.interrupted);
  } finally {
    lines.close();
  }
}

/** One of several, by its number. */
export async function askChoice(question: string, choices: readonly string[]): Promise<number> {
  for (const [at, choice] of choices.entries()) process.stderr.write(`  ${at + 1}  ${choice}\n`);
  for (;;) {
    const number = Number(await askLine(question, '1'));
    if (Number.isInteger(number) && number >= 1 && number <= choices.length) return number - 1;
    process.stderr.write(`Type a number from 1 to ${choices.length}.\n`);
  }
}

/** A secret: typed without echo on a terminal, else all of stdin. It never comes from a flag. */
export async function askSecret(question: string, noInput: boolean): Promise<Secret> {
  const typed = canAsk(noInput) ? await hiddenLine(`${question} (not shown): `) : await pipedText(question);
  const secret = typed.trim();
  if (secret !== '') return new Secret(secret);
  throw new ProxyError('invalid_request', `Nothing was given for: ${question}.`, {
    fix: 'paste it at the prompt, or pipe it in on stdin',
  });
}

/** A terminal on stdin with `--no-input` would wait for ever. */
const pipedText = (question: string): Promise<string> =>
  process.stdin.isTTY ? Promise.reject(notAsked(question)) : text(process.stdin);

/** The error for a question that only a person at a terminal could answer. */
export function notAsked(question: string): ProxyError {
  return new ProxyError('invalid_request', `${question} is needed, and nobody can be asked here.`, {
    fix: 'give it as an option (--help lists them), or on stdin where it is a secret',
  });
}

async function hiddenLine(prompt: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(prompt);
  stdin.setRawMode(true);
  try {
    let line = '';
    for await (const chunk of stdin.iterator({ destroyOnReturn: false })) {
      for (const char of String(chunk)) {
        if (char === '\r' || char === '\n') return line;
        if (char === '\u0003' || (char === '\u0004' && line === '')) process.exit(exitCodes.interrupted);
        line = char === '\u007f' || char === '\b' ? line.slice(0, -1) : line + char;
      }
    }
    return line;
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
}
