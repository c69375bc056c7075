import { systemClock } from '../../src/base/clock.ts';
import type { Accommodation } from '../../src/bedrock/accommodation.ts';
import { type Connection, type ConnectionSettings, createConnection } from '../../src/bedrock/connection.ts';
import { plainRow } from '../../src/bedrock/plain-row.ts';
import type { Call } from '../../src/converse/call.ts';
import type { Capabilities } from '../../src/converse/model.ts';
import { aCall } from '../proxy/call-fixture.ts';
import { infoOf } from './calls.ts';

const capabilities: Capabilities = {
  ...plainRow,
  toolChoice: ['auto', 'any', 'tool'],
  besideToolResult: ['text'],
};

const adaptive: Capabilities = {
  ...capabilities,
  reasoning: {
    field: 'thinking',
    modes: ['adaptive'],
    defaultOn: true,
    efforts: [],
    forcedToolChoice: true,
    returnAll: false,
    replay: 'signed',
  },
};

/** A call as the layers above hand it down. */
export function sampleCall(
  options: { signal?: AbortSignal; thinking?: boolean; modelId?: string; region?: string } = {},
): Call {
  return aCall({
    target: {
      modelId: options.modelId ?? 'eu.example.model-v1:0',
      region: options.region ?? 'eu-central-1',
      known: true,
      info: infoOf('example', {
        id: 'example.model-v1:0',
        name: 'Example',
        provider: 'Example',
        row: options.thinking ? adaptive : capabilities,
      }),
    },
    request: { messages: [{ role: 'user', content: [{ text: 'hi' }] }] },
    changes: [{ what: 'first', why: 'before' }],
    ...(options.signal && { signal: options.signal }),
  });
}

/** An accommodation that changes nothing but says that it did. */
export function plainly(call: Call, streaming = true): Accommodation {
  return {
    request: call.request,
    streaming,
    changes: [{ what: 'second', why: 'here' }],
    restore: () => (batch) => batch,
  };
}

export const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'not a secret', sessionToken: 'session' };

/** A connection to a stub, with watchdog ticks short enough for a test. */
export function connectTo(endpoint: string, settings: Partial<ConnectionSettings> = {}): Connection {
  return createConnection({
    endpoint,
    region: 'eu-central-1',
    identity: async () => keys,
    env: {},
    clock: systemClock,
    watchEveryMs: 10,
    ...settings,
  });
}
