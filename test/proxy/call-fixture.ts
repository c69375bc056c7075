import type { Clock } from '../../src/base/clock.ts';
import type { Call, Upstream } from '../../src/converse/call.ts';
import type { Answer, Event, EventStream, Usage } from '../../src/converse/events.ts';
import type { Capabilities, ModelInfo } from '../../src/converse/model.ts';
import { replay } from '../../src/converse/replay.ts';

/** Time that moves only when a test says so; sleepers wake in the order of their deadlines. */
export type FakeClock = Clock & { advance(ms: number): Promise<void>; sleeping(): number };

export function fakeClock(start = Date.UTC(2026, 10, 22)): FakeClock {
  let elapsed = 0;
  const sleepers: { at: number; wake: () => void }[] = [];
  return {
    now: () => start + elapsed,
    monotonic: () => elapsed,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const sleeper = { at: elapsed + ms, wake: resolve };
        sleepers.push(sleeper);
        signal?.addEventListener('abort', () => {
          const at = sleepers.indexOf(sleeper);
          if (at !== -1) sleepers.splice(at, 1);
          reject(signal.reason);
        });
      }),
    async advance(ms) {
      elapsed += ms;
      for (const due of sleepers.filter(({ at }) => at <= elapsed)) {
        sleepers.splice(sleepers.indexOf(due), 1);
        due.wake();
      }
      await settle();
    },
    sleeping: () => sleepers.length,
  };
}

/** Lets everything that is ready run. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

export const capabilities: Capabilities = {
  tools: true,
  toolStreaming: true,
  toolChoice: ['auto', 'any', 'tool'],
  strictTools: true,
  parallelToolControl: true,
  besideToolResult: ['text', 'image', 'document'],
  toolResultStatus: true,
  toolResultMedia: ['image', 'document'],
  toolNames: 'plain',
  toolIds: 'plain',
  systemPrompt: true,
  systemMessages: false,
  streaming: true,
  images: true,
  documents: true,
  audio: false,
  video: false,
  sampling: 'both',
  stopSequences: true,
  topK: 'top_k',
  assistantFirst: false,
  prefill: true,
  structuredOutput: true,
  reasoning: {
    field: 'thinking',
    modes: ['enabled', 'adaptive', 'disabled'],
    defaultOn: false,
    efforts: ['low', 'medium', 'high'],
    forcedToolChoice: false,
    returnAll: false,
    replay: 'signed',
  },
  promptCaching: {
    minTokens: 1024,
    maxPoints: 4,
    ttls: ['5m', '1h'],
    ttlField: true,
    fields: ['tools', 'system', 'messages'],
  },
  countTokens: true,
};

export const modelInfo: ModelInfo = {
  id: 'anthropic.claude-sonnet-5',
  name: 'Claude Sonnet 5',
  provider: 'Anthropic',
  family: 'claude',
  aliases: ['bedrock-sonnet'],
  contextTokens: 200_000,
  maxOutputTokens: 64_000,
  capabilities,
};

/** A call that asks "Hello", with whatever a test wants different. */
export function aCall(different: Partial<Call> = {}): Call {
  return {
    id: 'req_1',
    principal: { id: 'key_a', name: 'editor', scope: 'inference' },
    client: { name: 'cursor', ip: '127.0.0.1' },
    format: 'openai-chat',
    model: 'bedrock-sonnet',
    target: {
      modelId: 'eu.anthropic.claude-sonnet-5',
      region: 'eu-central-1',
      info: modelInfo,
      price: { input: 3, output: 15, cacheRead: 0.3, cacheWrite5m: 3.75, cacheWrite1h: 6 },
      known: true,
    },
    request: { messages: [{ role: 'user', content: [{ text: 'Hello' }] }], inferenceConfig: { maxTokens: 1000 } },
    options: {},
    changes: [],
    stream: true,
    cache: { read: true, write: true },
    signal: new AbortController().signal,
    startedAt: 0,
    ...different,
  };
}

export const usage: Usage = {
  inputTokens: 100,
  outputTokens: 20,
  totalTokens: 120,
  cacheReadInputTokens: 0,
  cacheWriteInputTokens: 0,
};

export function anAnswer(text = 'Hi there', different: Partial<Answer> = {}): Answer {
  return {
    served: { model: 'eu.anthropic.claude-sonnet-5', region: 'eu-central-1', changes: [] },
    blocks: [{ kind: 'text', text }],
    end: { stopReason: 'end_turn', usage },
    ...different,
  };
}

/** Answers each call by what `script` gives for it: batches to send, or an error to throw between them. */
export function scripted(
  script: (call: Call, nth: number) => Iterable<readonly Event[] | Error>,
): Upstream & { calls: Call[] } {
  const calls: Call[] = [];
  const upstream = (call: Call): EventStream => {
    calls.push(call);
    const steps = script(call, calls.length);
    return (async function* () {
      for (const step of steps) {
        await null;
        if (call.signal.aborted) throw call.signal.reason;
        if (step instanceof Error) throw step;
        yield step;
      }
    })();
  };
  return Object.assign(upstream, { calls });
}

/** The events of an answer, one per batch, as a slow model sends them. */
export function singly(answer: Answer): Event[][] {
  return replay(answer).map((event) => [event]);
}

/** Reads a stream to its end or its failure. */
export async function drain(stream: EventStream): Promise<{ events: Event[]; error?: unknown }> {
  const events: Event[] = [];
  try {
    for await (const batch of stream) events.push(...batch);
    return { events };
  } catch (error) {
    return { events, error };
  }
}
