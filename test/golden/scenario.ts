import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isObject, type JsonObject } from '../../src/base/json.ts';
import { collector } from '../../src/converse/collect.ts';
import type { Event } from '../../src/converse/events.ts';
import { normalizer } from '../../src/converse/normalize.ts';
import type { ConverseRequest, Message } from '../../src/converse/request.ts';
import type { AnswerContext, FormatContext, WireFormat } from '../../src/wire/format.ts';

/*
 * A scenario is one conversation in one folder: a request in each wire format, the one Converse request that all of them
 * must give, the service's own events one JSON per line, and what each format makes of them, streamed and whole.
 * `GOLDEN=write` writes the outputs anew; read the difference before you commit it.
 */

const folder = import.meta.dirname;

export const scenarios = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

export const formatContext: FormatContext = {
  flavour: 'plain',
  header: () => undefined,
  reasoningDisplay: 'reasoning_content',
  strict: false,
};

/** The events of a scenario in our grammar, out of the service's own. */
function eventsOf(scenario: string): Event[] {
  const served = { model: 'eu.anthropic.claude-sonnet-5', region: 'eu-central-1', changes: [] };
  const normal = normalizer(served);
  const events: Event[] = [];
  for (const line of read(scenario, 'events.jsonl').trim().split('\n')) {
    const event: unknown = JSON.parse(line);
    if (isObject(event)) for (const [name, payload] of Object.entries(event)) normal.push(name, payload, events);
  }
  normal.finish(events);
  return events;
}

const read = (scenario: string, file: string): string => readFileSync(join(folder, scenario, file), 'utf8');

/** Compares with a golden file, or writes it. */
function expectGolden(scenario: string, file: string, text: string): void {
  if (process.env['GOLDEN'] === 'write') writeFileSync(join(folder, scenario, file), text);
  if (file.endsWith('.json')) expect(JSON.parse(text)).toEqual(JSON.parse(read(scenario, file)));
  else expect(text).toBe(read(scenario, file));
}

/** Turns that belong together in one: formats may send the results of one turn apart, and the model sees no difference. */
function merged(request: ConverseRequest): ConverseRequest {
  const messages: Message[] = [];
  for (const { role, content } of request.messages) {
    const last = messages.at(-1);
    if (last?.role === role) last.content.push(...content);
    else messages.push({ role, content: [...content] });
  }
  return { ...request, messages };
}

export type Check = { stream(text: string): void; response(body: JsonObject): void };

/** Runs every scenario that has a `<prefix>.request.json`; `check` judges the outputs by the format's published schema. */
export function runScenarios<Request>(format: WireFormat<Request>, prefix: string, check: Check): void {
  for (const scenario of scenarios.filter((name) => existsSync(join(folder, name, `${prefix}.request.json`)))) {
    describe(scenario, () => {
      const request = format.parse(JSON.parse(read(scenario, `${prefix}.request.json`)), formatContext);
      const translated = format.toConverse(request, formatContext);
      const context: AnswerContext<Request> = {
        request,
        requestId: `req_${scenario}`,
        model: translated.model,
        created: 1_790_000_000,
        format: formatContext,
      };
      const events = eventsOf(scenario);
      const streamed = (size: number): string => {
        const encoder = format.toStream(context);
        let text = '';
        for (let at = 0; at < events.length; at += size) text += encoder.push(events.slice(at, at + size), 0);
        return text;
      };

      test('gives the one Converse request', () => {
        const { options, request: converse } = translated;
        expect({ request: merged(converse), options }).toEqual(JSON.parse(read(scenario, 'converse.request.json')));
      });

      test('gives the stream, however the events are batched', () => {
        const text = streamed(events.length);
        expectGolden(scenario, `${prefix}.sse`, text);
        for (let size = 1; size < events.length; size++) expect(streamed(size)).toBe(text);
        check.stream(text);
      });

      test('gives the whole answer', () => {
        const fold = collector();
        fold.add(events);
        const answer = fold.answer();
        if (!answer) throw new Error('the scenario has no end');
        const body = format.toResponse([answer], context);
        expectGolden(scenario, `${prefix}.response.json`, `${JSON.stringify(body, null, 2)}\n`);
        check.response(body);
      });
    });
  }
}
