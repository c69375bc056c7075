import { systemClock } from '../../src/base/clock.ts';
import type { Call, Upstream } from '../../src/converse/call.ts';
import type { Event } from '../../src/converse/events.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import { stack } from '../../src/proxy/layer.ts';
import { createPolicies, type PolicySettings } from '../../src/proxy/policies.ts';
import { aCall, anAnswer, singly } from '../../test/proxy/call-fixture.ts';

/*
 * What the policies cost without sockets: `node scripts/bench/policies.ts`. Every request differs, so nothing is
 * answered from memory. Microseconds of CPU per call and per batch, all on against all off, in turns.
 */

const off: PolicySettings = {
  cache: { mode: 'off', ttlMs: 300_000, maxBytes: 64 * 2 ** 20 },
  bounds: {},
  perKey: {},
  all: {},
  budgets: [],
  masking: { secrets: 'off', personal: 'off', webInjection: 'off', kinds: [], patterns: [] },
};
const byDefault: PolicySettings = {
  ...off,
  cache: { ...off.cache, mode: 'all' },
  masking: { ...off.masking, secrets: 'report' },
};
const on: PolicySettings = {
  ...byDefault,
  bounds: { promptChars: 1_000_000, images: 20, maxTokens: { most: 64_000 } },
  perKey: { requestsPerMinute: 1e9, tokensPerMinute: 1e12, concurrent: 1e6 },
  all: { requestsPerHour: 1e9 },
  budgets: [{ period: 'day', limitUsd: 1e9, action: 'refuse' }],
  masking: { ...byDefault.masking, secrets: 'mask', personal: 'mask' },
};

function stackOf(settings: PolicySettings, upstream: Upstream): Upstream {
  const metrics = createMetrics({ version: 'bench', openCalls: () => 0 });
  metrics.close();
  const policies = createPolicies(settings, {
    clock: systemClock,
    random: Math.random,
    tell: metrics.count,
    sinks: [],
    account: () => '',
    identify: async () => {},
  });
  return stack(upstream, policies.layers);
}

const prose = 'The quick brown fox jumps over the lazy dog, and const x = items.map((item) => item.price * 1.19); ';

function asking(nth: number, chars: number): Call {
  const text = `${nth} ${prose.repeat(Math.ceil(chars / prose.length))}`;
  return aCall({
    id: `req_${nth}`,
    request: { messages: [{ role: 'user', content: [{ text }] }], inferenceConfig: { maxTokens: 1000 } },
  });
}

/** CPU microseconds per call of `calls` calls, one after the other. */
async function cost(ask: Upstream, calls: number, chars: number): Promise<number> {
  const requests = Array.from({ length: calls }, (_, nth) => asking(nth + Math.random(), chars));
  const before = process.cpuUsage();
  for (const call of requests) for await (const batch of ask(call)) if (batch.length === 0) throw new Error('empty');
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}

const tokens = 200;
const whole: Event[][] = [singly(anAnswer('Hi there')).flat()];
const long = anAnswer('', { blocks: [{ kind: 'text', text: '' }] });
const chunked: Event[][] = [
  ...singly(long).slice(0, 2),
  ...Array.from({ length: tokens }, (): Event[] => [{ type: 'delta', index: 0, kind: 'text', text: ' token' }]),
  ...singly(long).slice(2),
];
const sends = (batches: Event[][]): Upstream =>
  async function* () {
    yield* batches;
  };

const cases = [
  { name: 'short JSON call', batches: whole, chars: 100, calls: 4_000, per: 1 },
  { name: 'JSON call of 20 kB', batches: whole, chars: 20_000, calls: 1_000, per: 1 },
  { name: `batch of a stream of ${tokens}`, batches: chunked, chars: 100, calls: 300, per: chunked.length },
];

for (const { name, batches, chars, calls, per } of cases) {
  const medians: Record<string, number[]> = { off: [], default: [], on: [] };
  for (let round = 0; round < 7; round++) {
    for (const [label, settings] of [
      ['off', off],
      ['default', byDefault],
      ['on', on],
    ] as const) {
      medians[label]?.push((await cost(stackOf(settings, sends(batches)), calls, chars)) / per);
    }
  }
  const median = (label: string) => (medians[label] ?? []).sort((a, b) => a - b)[3] ?? Number.NaN;
  const cell = (label: string) => `${label} ${median(label).toFixed(2)} µs`;
  process.stdout.write(`${name.padEnd(28)} ${['off', 'default', 'on'].map(cell).join('   ')}\n`);
}
