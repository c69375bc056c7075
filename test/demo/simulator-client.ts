import { BedrockRuntimeClient, type ConverseStreamOutput } from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { afterEach } from 'vitest';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../src/demo/bedrock-simulator.ts';

/** The plain id of a model without quirks that needs no inference profile. */
export const plainModel = 'anthropic.claude-3-haiku-20240307-v1:0';
export const thinkingModel = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';

const open: { close(): Promise<void> | void }[] = [];

afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

/** A simulator without pauses that stops when the test ends. */
export async function simulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const started = await startSimulator({ paceMs: 0, ...options });
  open.push(started);
  return started;
}

/** The real SDK client, signing with the simulator's credentials. */
export function sdk(
  target: Simulator,
  over: Partial<ConstructorParameters<typeof BedrockRuntimeClient>[0]> = {},
): BedrockRuntimeClient {
  const client = new BedrockRuntimeClient({
    endpoint: target.url,
    region: target.region,
    credentials: target.credentials,
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler(),
    ...over,
  });
  open.push({ close: () => client.destroy() });
  return client;
}

/** Posts a raw body with the bearer key: what the SDK would not let through can be sent too. */
export async function post(target: Simulator, model: string, body: unknown, operation = 'converse') {
  const response = await fetch(`${target.url}/model/${encodeURIComponent(model)}/${operation}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${target.bearerToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  const type = response.headers.get('x-amzn-errortype')?.split(':')[0];
  return { status: response.status, type, text, json: text.startsWith('{') ? JSON.parse(text) : undefined };
}

/** All events of a stream. */
export async function drain(stream: AsyncIterable<ConverseStreamOutput> | undefined): Promise<ConverseStreamOutput[]> {
  const events: ConverseStreamOutput[] = [];
  for await (const event of stream ?? []) events.push(event);
  return events;
}

export const said = (text: string) => ({ messages: [{ role: 'user' as const, content: [{ text }] }] });
