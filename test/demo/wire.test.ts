import {
  ConverseCommand,
  type ConverseCommandInput,
  ConverseStreamCommand,
  CountTokensCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { describe, expect, test } from 'vitest';
import type { StreamEvent } from '../../src/demo/frames.ts';
import { drain, plainModel, post, said, sdk, simulator, thinkingModel } from './simulator-client.ts';

const weather = {
  tools: [
    {
      toolSpec: {
        name: 'get_weather',
        inputSchema: { json: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } },
      },
    },
  ],
};
const delta = (text: string): StreamEvent => ({ contentBlockDelta: { contentBlockIndex: 0, delta: { text } } });

describe('Converse through the SDK', () => {
  test('the demo says what it is and echoes', async () => {
    const answer = await sdk(await simulator()).send(
      new ConverseCommand({ modelId: plainModel, ...said('What is a tree?') }),
    );
    const text = answer.output?.message?.content?.[0]?.text;
    expect(text).toContain('demo model of claude-bedrock');
    expect(text).toContain('What is a tree?');
    expect(answer.usage?.totalTokens).toBe((answer.usage?.inputTokens ?? 0) + (answer.usage?.outputTokens ?? 0));
  });

  test('it calls the tool whose name the prompt speaks of, with lawful arguments, and quotes the result', async () => {
    const client = sdk(await simulator());
    const first: ConverseCommandInput = {
      modelId: plainModel,
      ...said('How is the weather in Paris?'),
      toolConfig: weather,
    };
    const asked = await client.send(new ConverseCommand(first));
    const call = asked.output?.message?.content?.find((block) => block.toolUse)?.toolUse;
    expect(asked.stopReason).toBe('tool_use');
    expect(call).toMatchObject({ name: 'get_weather', input: { city: 'Paris' } });
    const result = { toolResult: { toolUseId: call?.toolUseId, content: [{ text: '21 degrees' }] } };
    const messages = [
      ...(first.messages ?? []),
      ...(asked.output?.message ? [asked.output.message] : []),
      { role: 'user' as const, content: [result] },
    ];
    const told = await client.send(new ConverseCommand({ ...first, messages }));
    expect(told.output?.message?.content?.[0]?.text).toContain('21 degrees');
  });

  test('maxTokens and stop sequences are honoured', async () => {
    const client = sdk(await simulator());
    const cut = await client.send(
      new ConverseCommand({ modelId: plainModel, ...said('x'), inferenceConfig: { maxTokens: 3 } }),
    );
    expect(cut).toMatchObject({ stopReason: 'max_tokens', usage: { outputTokens: 3 } });
    const stopped = await client.send(
      new ConverseCommand({
        modelId: plainModel,
        ...said('x'),
        inferenceConfig: { stopSequences: ['model'] },
        additionalModelResponseFieldPaths: ['/stop_sequence'],
      }),
    );
    expect(stopped.stopReason).toBe('stop_sequence');
    expect(stopped.output?.message?.content?.[0]?.text).toBe('This is the demo ');
    expect(stopped.additionalModelResponseFields).toEqual({ stop_sequence: 'model' });
  });

  test('a JSON schema gives a value that fits it', async () => {
    const schema = {
      type: 'object',
      properties: { name: { type: 'string' }, age: { type: 'integer' } },
      required: ['name', 'age'],
      additionalProperties: false,
    };
    const textFormat = { type: 'json_schema' as const, structure: { jsonSchema: { schema: JSON.stringify(schema) } } };
    const answer = await sdk(await simulator()).send(
      new ConverseCommand({ modelId: thinkingModel, ...said('Ada is 36'), outputConfig: { textFormat } }),
    );
    expect(JSON.parse(answer.output?.message?.content?.[0]?.text ?? '')).toEqual({ name: 'Ada is 36', age: 36 });
  });

  test('a prompt prefix is written to the cache once and read afterwards', async () => {
    const client = sdk(await simulator());
    const ask = (question: string) =>
      client.send(
        new ConverseCommand({
          modelId: thinkingModel,
          ...said(question),
          system: [{ text: 'rules '.repeat(1000) }, { cachePoint: { type: 'default' } }],
        }),
      );
    const [first, second] = [await ask('one'), await ask('two')];
    expect(first.usage).toMatchObject({ cacheReadInputTokens: 0, cacheDetails: [{ ttl: '5m' }] });
    expect(second.usage?.cacheReadInputTokens).toBe(first.usage?.cacheWriteInputTokens);
    expect(second.usage?.cacheWriteInputTokens).toBe(0);
    expect(second.usage?.inputTokens).toBeLessThan(100);
  });
});

describe('ConverseStream through the SDK', () => {
  test('text streams without a block start, and metadata comes last', async () => {
    const answer = await sdk(await simulator()).send(
      new ConverseStreamCommand({ modelId: plainModel, ...said('hello') }),
    );
    const names = (await drain(answer.stream)).map((event) => Object.keys(event)[0]);
    expect(names.slice(0, 2)).toEqual(['messageStart', 'contentBlockDelta']);
    expect(names.slice(-3)).toEqual(['contentBlockStop', 'messageStop', 'metadata']);
  });

  test('a thought streams before the call, its signature a delta of its own', async () => {
    const answer = await sdk(await simulator()).send(
      new ConverseStreamCommand({
        modelId: thinkingModel,
        ...said('weather in Rome?'),
        toolConfig: weather,
        additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 1024 } },
      }),
    );
    const events = await drain(answer.stream);
    const deltas = events.flatMap((event) => event.contentBlockDelta?.delta ?? []);
    const signature = deltas.findIndex((part) => part.reasoningContent?.signature);
    expect(deltas[signature - 1]?.reasoningContent?.text).toBeTruthy();
    expect(deltas.flatMap((part) => part.toolUse?.input ?? []).join('')).toBe('{"city":"Rome"}');
  });

  test('a tool without arguments sends no input delta (case 24)', async () => {
    const tools = [{ toolSpec: { name: 'list_files', inputSchema: { json: { type: 'object' } } } }];
    const answer = await sdk(await simulator()).send(
      new ConverseStreamCommand({
        modelId: plainModel,
        ...said('list_files please'),
        toolConfig: { tools, toolChoice: { any: {} } },
      }),
    );
    const events = await drain(answer.stream);
    expect(events.some((event) => event.contentBlockStart?.start?.toolUse)).toBe(true);
    expect(events.some((event) => event.contentBlockDelta)).toBe(false);
  });

  test('scripted faults reach the SDK as what they are', async () => {
    const target = await simulator({
      script: ({ body }) => {
        const text = JSON.stringify(body);
        const events = { do: 'events' as const, events: [{ messageStart: { role: 'assistant' } }, delta('half')] };
        if (text.includes('exception'))
          return [events, { do: 'exception', name: 'throttlingException', message: 'slow' }];
        if (text.includes('corrupt')) return [events, { do: 'corrupt', event: delta('x') }];
        if (text.includes('truncate')) return [events, { do: 'truncate', event: delta('x') }];
        if (text.includes('error')) return [events, { do: 'error', code: 'Odd', message: 'strange' }];
        if (text.includes('reset')) return [events, { do: 'wait', ms: 20 }, { do: 'reset' }];
        return [{ do: 'fail', status: 503, type: 'ServiceUnavailableException', message: 'later' }];
      },
    });
    const run = async (text: string) =>
      drain((await sdk(target).send(new ConverseStreamCommand({ modelId: plainModel, ...said(text) }))).stream);
    await expect(run('exception')).rejects.toMatchObject({ name: 'ThrottlingException', message: 'slow' });
    await expect(run('corrupt')).rejects.toThrow(/checksum/i);
    await expect(run('truncate')).rejects.toThrow(/Truncated/);
    await expect(run('error')).rejects.toMatchObject({ name: 'Odd' });
    await expect(run('reset')).rejects.toThrow(/aborted|ECONNRESET/);
    await expect(run('else')).rejects.toMatchObject({
      name: 'ServiceUnavailableException',
      $metadata: { httpStatusCode: 503 },
    });
  });

  test('a caller that goes away is noticed at once', async () => {
    const target = await simulator({
      script: () => [{ do: 'events', events: [{ messageStart: { role: 'assistant' } }] }, { do: 'hang' }],
    });
    const abort = new AbortController();
    const answer = await sdk(target).send(new ConverseStreamCommand({ modelId: plainModel, ...said('x') }), {
      abortSignal: abort.signal,
    });
    const ended = drain(answer.stream).catch((error: unknown) => error);
    abort.abort();
    await ended;
    await expect.poll(() => target.requests[0]?.abortedAt).toBeTypeOf('number');
  });

  test('a scripted stream is folded for Converse', async () => {
    const events: StreamEvent[] = [
      { messageStart: { role: 'assistant' } },
      delta('Hel'),
      delta('lo'),
      { contentBlockStart: { contentBlockIndex: 3, start: { toolUse: { toolUseId: 't1', name: 'f' } } } },
      { contentBlockDelta: { contentBlockIndex: 3, delta: { toolUse: { input: '{"a":1}' } } } },
      { messageStop: { stopReason: 'tool_use' } },
      { metadata: { usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 }, metrics: { latencyMs: 4 } } },
    ];
    const answer = await sdk(await simulator({ script: () => [{ do: 'events', events }] })).send(
      new ConverseCommand({ modelId: plainModel, ...said('x') }),
    );
    expect(answer.output?.message?.content).toEqual([
      { text: 'Hello' },
      { toolUse: { toolUseId: 't1', name: 'f', input: { a: 1 } } },
    ]);
    expect(answer).toMatchObject({ stopReason: 'tool_use', usage: { totalTokens: 3 } });
  });
});

describe('InvokeModel, CountTokens and the rest', () => {
  const body = {
    anthropic_version: 'bedrock-2023-05-31',
    max_tokens: 100,
    messages: [{ role: 'user', content: 'hello' }],
  };
  const found = { type: 'tool_reference', tool_name: 'get_weather' };
  const tools = ['ToolSearch', 'get_weather'].map((name) => ({ name, input_schema: { type: 'object' } }));

  test('InvokeModel answers a Claude body whole and as chunks of Anthropic’s events', async () => {
    const client = sdk(await simulator());
    const input = { modelId: plainModel, contentType: 'application/json', body: JSON.stringify(body) };
    const whole = JSON.parse(Buffer.from((await client.send(new InvokeModelCommand(input))).body).toString());
    expect(whole).toMatchObject({ type: 'message', role: 'assistant', stop_reason: 'end_turn' });
    const streamed = await client.send(new InvokeModelWithResponseStreamCommand(input));
    const events: { type: string; delta?: { text?: string } }[] = [];
    for await (const event of streamed.body ?? [])
      events.push(JSON.parse(Buffer.from(event.chunk?.bytes ?? []).toString()));
    expect(events.map((event) => event.delta?.text ?? '').join('')).toBe(whole.content[0].text);
    expect(events.at(-1)).toHaveProperty('amazon-bedrock-invocationMetrics');
  });

  test('InvokeModel refuses what Messages does not know', async () => {
    const target = await simulator();
    expect((await post(target, plainModel, { ...body, stream: true }, 'invoke')).json.message).toBe(
      'stream: Extra inputs are not permitted',
    );
    expect((await post(target, plainModel, { ...body, anthropic_version: undefined }, 'invoke')).status).toBe(400);
    const messages = [...body.messages, { role: 'system', content: 'x', output_config: { effort: 'low' } }];
    expect((await post(target, plainModel, { ...body, messages }, 'invoke')).json.message).toBe(
      'messages.1.output_config: Extra inputs are not permitted',
    );
  });

  test('InvokeModel reads the tools that a client’s own search has found', async () => {
    const messages = [
      ...body.messages,
      { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'ToolSearch', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: [found] }] },
    ];
    const answer = await post(await simulator(), plainModel, { ...body, messages, tools }, 'invoke');
    expect(answer.json.content[0].text).toContain('The tool get_weather is loaded.');
  });

  test('embeddings are unit vectors', async () => {
    const answer = await post(
      await simulator(),
      'amazon.titan-embed-text-v2:0',
      { inputText: 'tree', dimensions: 256 },
      'invoke',
    );
    expect(answer.json.embedding).toHaveLength(256);
    expect(Math.hypot(...answer.json.embedding)).toBeCloseTo(1);
  });

  test('CountTokens knows bare ids of Claude 3.5 to 4.6 and refuses the others (case 84)', async () => {
    const client = sdk(await simulator());
    const count = (modelId: string) =>
      client.send(new CountTokensCommand({ modelId, input: { converse: said('hello there') } }));
    expect((await count('anthropic.claude-sonnet-4-5-20250929-v1:0')).inputTokens).toBeGreaterThan(1);
    for (const id of [thinkingModel, 'anthropic.claude-opus-5', 'amazon.nova-pro-v1:0'])
      await expect(count(id)).rejects.toThrow("The provided model doesn't support counting tokens.");
  });

  test('a guardrail stops its word, the lists page, unknown paths are told so', async () => {
    const target = await simulator({ signature: 'off' });
    const guard = await fetch(`${target.url}/guardrail/g1/version/1/apply`, {
      method: 'POST',
      body: JSON.stringify({ source: 'INPUT', content: [{ text: { text: 'demo-blocked' } }] }),
    });
    expect(await guard.json()).toMatchObject({ action: 'GUARDRAIL_INTERVENED' });
    const page = await (await fetch(`${target.url}/inference-profiles?maxResults=3`)).json();
    expect(page).toMatchObject({ inferenceProfileSummaries: { length: 3 }, nextToken: '3' });
    const models = await (await fetch(`${target.url}/foundation-models`)).json();
    expect(models).toMatchObject({ modelSummaries: { 0: { inferenceTypesSupported: ['INFERENCE_PROFILE'] } } });
    expect((await fetch(`${target.url}//model/x/converse`, { method: 'POST' })).status).toBe(404);
    expect(await (await fetch(`${target.url}/v1/models`)).json()).toMatchObject({
      Output: { __type: expect.stringContaining('UnknownOperationException') },
    });
  });
});
