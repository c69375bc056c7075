import type { CallRecord } from '../../src/observe/call-record.ts';

/*
 * Traffic as a developer makes it in a month, for pictures: mornings and afternoons, fewer on weekends, three models,
 * four tools. Every figure is drawn from a seed, so that the pictures change only when the page does.
 */

type Model = { alias: string; id: string; input: number; output: number; first: number; speed: number; weight: number };

const models: readonly Model[] = [
  {
    alias: 'bedrock-sonnet',
    id: 'anthropic.claude-sonnet-5',
    input: 3,
    output: 15,
    first: 900,
    speed: 74,
    weight: 0.62,
  },
  {
    alias: 'bedrock-haiku',
    id: 'anthropic.claude-haiku-4-5',
    input: 1,
    output: 5,
    first: 420,
    speed: 138,
    weight: 0.26,
  },
  { alias: 'bedrock-opus', id: 'anthropic.claude-opus-5', input: 5, output: 25, first: 1500, speed: 52, weight: 0.12 },
];

const clients = [
  { name: 'cursor', format: 'openai-chat', weight: 0.5 },
  { name: 'claude-cli/2.1.14', format: 'anthropic-messages', weight: 0.27 },
  { name: 'cline/3.41.0', format: 'openai-chat', weight: 0.15 },
  { name: 'codex_cli_rs/0.63.0', format: 'openai-responses', weight: 0.08 },
] as const;

const changesMade = [
  { what: 'temperature dropped', why: 'This model takes temperature or top_p, not both.' },
  { what: 'cache point added after the system prompt', why: 'Repeated prompts then cost a tenth.' },
  { what: 'frequency_penalty ignored', why: 'Bedrock has no such parameter.' },
];

type Random = () => number;

/** Mulberry32. */
function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function pick<Item extends { weight: number }>(items: readonly Item[], random: Random): Item {
  let left = random();
  for (const item of items) {
    left -= item.weight;
    if (left <= 0) return item;
  }
  const [first] = items;
  if (!first) throw new Error('nothing to pick from');
  return first;
}

const dayMs = 86_400_000;

/** A month of calls that ends at `now`, oldest first. */
export function believableTraffic(now: number): CallRecord[] {
  const random = seeded(11);
  const records: CallRecord[] = [];
  for (let day = 29; day >= 0; day--) {
    const midnight = new Date(now - day * dayMs).setHours(0, 0, 0, 0);
    const weekend = [0, 6].includes(new Date(midnight).getDay());
    const calls = Math.round((weekend ? 14 : 130) * (0.55 + random()));
    for (let nth = 0; nth < calls; nth++) {
      const hour = (random() < 0.55 ? 9 : 13.5) + random() * 3.6;
      const at = midnight + hour * 3_600_000;
      if (at < now - 3 * 3_600_000) records.push(aRecord(at, random));
    }
  }
  for (let at = now - 2.9 * 3_600_000; at < now - 4_000; at += 20_000 + random() ** 3 * 260_000)
    records.push(aRecord(at, random));
  return records.sort((a, b) => a.at - b.at);
}

function aRecord(at: number, random: Random): CallRecord {
  const model = pick(models, random);
  const client = pick(clients, random);
  const fate = random();
  const base: CallRecord = {
    id: `req_${Math.floor(random() * 36 ** 8)
      .toString(36)
      .padStart(8, '0')}`,
    at,
    principal: { id: 'key_laptop', name: client.name === 'cursor' ? 'cursor' : 'laptop' },
    client: { name: client.name, ip: '127.0.0.1' },
    format: client.format,
    model: random() < 0.08 ? 'gpt-4o' : model.alias,
    target: `eu.${model.id}`,
    modelId: model.id,
    region: 'eu-central-1',
    stream: random() > 0.06,
    outcome: 'served',
    durationMs: 12 + random() * 30,
    changes: random() < 0.22 ? changesMade.filter(() => random() < 0.5) : [],
    maxTokens: 16_384,
  };
  if (fate < 0.02) return throttled(base);
  if (fate < 0.027)
    return {
      ...base,
      outcome: 'failed',
      durationMs: 61_200,
      error: { code: 'timeout', fix: 'set timeouts.silence in the configuration file' },
    };
  return answered(base, model, random, fate);
}

function throttled(base: CallRecord): CallRecord {
  return {
    ...base,
    outcome: 'failed',
    durationMs: 2_380,
    error: { code: 'upstream_limited', retryAfterMs: 14_000, fix: 'claude-bedrock quota' },
    upstreamRequestId: '5f0c2f0e-6a1d-4c8e-9a31-2b8a7d1f6e40',
  };
}

function answered(base: CallRecord, model: Model, random: Random, fate: number): CallRecord {
  const prompt = Math.round(3_000 + random() ** 2 * 88_000);
  const read = random() < 0.75 ? Math.round(prompt * (0.72 + random() * 0.25)) : 0;
  const write = random() < 0.2 ? Math.round((prompt - read) * 0.8) : 0;
  const output = Math.round(40 + random() ** 2 * 2_100);
  const input = prompt - read - write;
  const firstEventMs = model.first * (0.55 + random() ** 2 * 1.6) + (prompt - read) / 60;
  const speed = model.speed * (0.75 + random() * 0.5);
  const usd =
    (input * model.input + output * model.output + read * model.input * 0.1 + write * model.input * 1.25) / 1e6;
  const savedUsd = (read * model.input * 0.9 - write * model.input * 0.25) / 1e6;
  const record: CallRecord = {
    ...base,
    usage: {
      inputTokens: input,
      outputTokens: output,
      totalTokens: prompt + output,
      cacheReadInputTokens: read,
      cacheWriteInputTokens: write,
    },
    stopReason: random() < 0.4 ? 'tool_use' : 'end_turn',
    firstEventMs,
    durationMs: firstEventMs + (output / speed) * 1000,
    cost: { usd, savedUsd },
    upstreamRequestId: '0b7e6b1c-94c2-4a6e-8f0d-3f6f2a9c1d55',
  };
  if (fate > 0.965)
    return { ...record, outcome: 'cached', firstEventMs: 0.6, durationMs: 1.4, cost: { usd: 0, savedUsd: usd } };
  if (fate > 0.945) return { ...record, outcome: 'aborted' };
  return record;
}
