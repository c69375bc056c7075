import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exchange } from './exchange.ts';
import { withSockets } from './measures.ts';
import { cpuMs } from './process-watch.ts';
import { shown } from './report.ts';
import { median } from './statistics.ts';
import { type Message, startProxy, type Target, type Upstream } from './targets.ts';

/*
 * What the policies cost through the real program: two of it run beside each other, one with everything off that the
 * settings can switch off and one with everything on, and are asked in turns. Every request differs, so nothing is
 * answered from memory. Of 20 kB there are two kinds: one text that was never sent before, which is the worst case, and a
 * conversation of which all but the end was sent before, which is what agents send.
 */

const off = `
[cache]
mode = "off"
[masking]
secrets = "off"
[audit]
enabled = false
[ledger]
enabled = false
`;
const on = `
[cache]
mode = "all"
[masking]
secrets = "mask"
personal = "mask"
webInjection = "report"
[limits]
promptChars = 10000000
images = 100
documents = 100
maxTokensMost = 64000
[limits.perKey]
requestsPerMinute = 1000000000
requestsPerHour = 1000000000
tokensPerMinute = 1000000000
concurrent = 1000000
[limits.all]
requestsPerMinute = 1000000000
[[budgets]]
period = "day"
usd = 1000000000
action = "refuse"
`;

/** 20 kB of what editors send: code. */
const code = readFileSync(join(import.meta.dirname, '..', '..', 'src', 'compose.ts'), 'utf8')
  .concat(readFileSync(join(import.meta.dirname, 'run.ts'), 'utf8'))
  .slice(0, 20_000);

/** An agent's conversation as it is sent with each call: ten turns of 2 kB each, the same ones; only what comes behind them is new. */
const conversation = Array.from(
  { length: 10 },
  (_, turn): Message => ({
    role: turn % 2 === 0 ? 'user' : 'assistant',
    content: code.slice(turn * 2_000, (turn + 1) * 2_000),
  }),
);

export const policyFigures = {
  short: 'CPU per JSON request, ms',
  long: 'CPU per JSON request of 20 kB, one text, never the same, ms',
  conversation: 'CPU per JSON request of 20 kB, a conversation with a new end, ms',
  stream: 'CPU per stream of 100 chunks, ms',
  tokens: 'CPU per stream of 500 chunks, ms',
} as const;
type Figure = keyof typeof policyFigures;

const chunksOf: Readonly<Partial<Record<Figure, number>>> = { stream: 100, tokens: 500 };

/** A figure with everything off and with everything on; `ratio` is the median over the pairs of one round. */
export type PolicyRow = { figure: string; off: number; on: number; ratio: number; atMost: number };

export type PolicyPlan = { rounds: number; warmUpMs: number; ms: number };

/** Processor time of one request, in milliseconds, 32 at once for `ms` milliseconds. */
async function perRequest(target: Target, figure: Figure, ms: number): Promise<number> {
  const before = figure === 'conversation' ? conversation : [];
  const ask = () => target.ask(figure in chunksOf, figure === 'long' ? code : '', before);
  return withSockets(target, 32, async (sockets) => {
    const [cpu, start] = [cpuMs(target.pid), performance.now()];
    let count = 0;
    const keepAsking = sockets.map(async (socket) => {
      while (performance.now() - start < ms) {
        await exchange(socket, ask());
        count++;
      }
    });
    await Promise.all(keepAsking);
    return (cpuMs(target.pid) - cpu) / count;
  });
}

/** Measures each figure off, on, off, on …; the first pass warms up and is thrown away. */
export async function policyCost(program: string, upstream: Upstream, plan: PolicyPlan): Promise<PolicyRow[]> {
  const targets: Target[] = [];
  try {
    for (const config of [off, on]) targets.push(await startProxy(program, upstream, config));
    const rows: PolicyRow[] = [];
    for (const figure of ['short', 'long', 'conversation', 'stream', 'tokens'] as const) {
      await upstream.shape({ chunks: chunksOf[figure] ?? 1, delayMs: 0, bytesPerChunk: 40 });
      for (const target of targets) await perRequest(target, figure, plan.warmUpMs);
      const pairs: number[][] = [];
      for (let round = 0; round < plan.rounds; round++) {
        const pair: number[] = [];
        for (const target of targets) pair.push(await perRequest(target, figure, plan.ms));
        pairs.push(pair);
      }
      const side = (at: number) => median(pairs.map((pair) => pair[at] ?? Number.NaN));
      const ratio = median(pairs.map(([without = Number.NaN, all = Number.NaN]) => all / without));
      rows.push({ figure: policyFigures[figure], off: side(0), on: side(1), ratio, atMost: 1.15 });
    }
    return rows;
  } finally {
    for (const target of targets) target.stop();
  }
}

/** The rows as a Markdown table, which reads well in a terminal too. */
export function policyTable(rows: readonly PolicyRow[]): string {
  const line = ({ figure, off: without, on: all, ratio, atMost }: PolicyRow) =>
    `| ${figure} | ${shown(without)} | ${shown(all)} | ${shown(ratio)}× | ≤ ${atMost}× | ${ratio <= atMost ? 'pass' : 'miss'} |`;
  return [
    '| policies | all off | all on | ratio | target |  |',
    '|---|---:|---:|---:|---:|---|',
    ...rows.map(line),
  ].join('\n');
}
