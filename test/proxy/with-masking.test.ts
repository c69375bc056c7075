import { expect, test } from 'vitest';
import type { Call } from '../../src/converse/call.ts';
import { collect } from '../../src/converse/collect.ts';
import type { Answer } from '../../src/converse/events.ts';
import type { ContentBlock, ConverseRequest, ToolResultContent } from '../../src/converse/request.ts';
import { webInjectionRules } from '../../src/policy/detect/content.ts';
import { personalDetectors } from '../../src/policy/detect/personal.ts';
import { secretDetectors } from '../../src/policy/detect/secrets.ts';
import { createMasks, unmasker } from '../../src/policy/mask.ts';
import { screenRules } from '../../src/policy/screen-rules.ts';
import { createScreen, type ScreenAction } from '../../src/policy/screening.ts';
import { outwardOf, withMasking } from '../../src/proxy/with-masking.ts';
import { anthropicMessages } from '../../src/wire/anthropic-messages/format.ts';
import { plainContext } from '../wire/sample-answers.ts';
import { aCall, anAnswer, drain, scripted, singly } from './call-fixture.ts';

const mail = 'ana@firma-nord.de';
const token = `ghp_${'a1B2'.repeat(9)}`;

function setup(action: ScreenAction, answer: (call: Call) => Answer = () => anAnswer()) {
  const hits: { rule: string; action: string; hits: number }[] = [];
  const detectors = [...secretDetectors, ...personalDetectors, ...webInjectionRules];
  const screen = createScreen(
    detectors.map((detector) => ({ detector, action })),
    'secret',
  );
  const upstream = scripted((call) => singly(answer(call)));
  const outward = outwardOf({
    screen,
    onHit: ({ rule, action: done, hits: count }) => hits.push({ rule, action: done, hits: count }),
  });
  const ask = withMasking(outward)(upstream);
  return { ask, upstream, hits };
}

const request: ConverseRequest = {
  system: [{ text: `The user is ${mail}.` }],
  messages: [
    { role: 'user', content: [{ text: `I am ${mail}, my token is ${token}` }] },
    {
      role: 'assistant',
      content: [
        { reasoningContent: { reasoningText: { text: `They are ${mail}`, signature: 's' } } },
        { toolUse: { toolUseId: 't', name: 'send', input: { to: [mail], n: 1 } } },
      ],
    },
    {
      role: 'user',
      content: [
        { toolResult: { toolUseId: 't', content: [{ text: `sent to ${mail}` }, { json: { to: mail } }] } },
        { document: { name: 'a', source: { text: mail } } },
      ],
    },
  ],
  toolConfig: { tools: [{ toolSpec: { name: 'send', description: `Writes to ${mail}`, inputSchema: { json: {} } } }] },
};

test('masked: nothing of it leaves, wherever it stood, and the change is told by kind and count', async () => {
  const { ask, upstream, hits } = setup('mask');
  await drain(ask(aCall({ request })));
  const [sent] = upstream.calls;
  const text = JSON.stringify(sent?.request);
  expect(text).not.toContain(mail);
  expect(text).not.toContain(token);
  expect(new Set(text.match(/MASKED_[A-Z_]+_[0-9A-Z]{8}/g)).size).toBe(2);
  expect(sent?.changes.map(({ what }) => what)).toEqual(['masked EMAIL x8', 'masked GITHUB_TOKEN x1']);
  expect(hits).toEqual([
    { rule: 'EMAIL', action: 'mask', hits: 8 },
    { rule: 'GITHUB_TOKEN', action: 'mask', hits: 1 },
  ]);
  expect(JSON.stringify(request)).toContain(mail);
});

test('the answer holds the originals again: in text, in thinking and in tool arguments, streamed one letter at a time', async () => {
  const { ask } = setup('mask', ({ request: asked }) => {
    const placeholder = /MASKED_EMAIL_\w{8}/.exec(JSON.stringify(asked))?.[0] ?? '';
    return anAnswer('', {
      blocks: [
        { kind: 'reasoning', text: `It is ${placeholder}`, signature: 's' },
        { kind: 'text', text: `Hello ${placeholder}`, citations: [{ title: placeholder }] },
        { kind: 'tool', id: 't', name: 'send', input: `{"to":"${placeholder}"}` },
      ],
    });
  });
  const stream = ask(aCall({ request: { messages: [{ role: 'user', content: [{ text: mail }] }] } }));
  const { blocks } = await collect(stream);
  expect(blocks).toEqual([
    { kind: 'reasoning', text: `It is ${mail}`, signature: 's' },
    { kind: 'text', text: `Hello ${mail}`, citations: [{ title: mail }] },
    { kind: 'tool', id: 't', name: 'send', input: `{"to":"${mail}"}` },
  ]);
});

test('reported: the request goes as it is, and a conversation’s history is not reported again', async () => {
  const { ask, upstream, hits } = setup('report');
  await drain(ask(aCall({ request })));
  await drain(ask(aCall({ request })));
  expect(upstream.calls[0]?.request).toBe(request);
  expect(hits).toEqual([
    { rule: 'EMAIL', action: 'report', hits: 1 },
    { rule: 'GITHUB_TOKEN', action: 'report', hits: 1 },
  ]);
});

test('reported later: the request is on its way before anything is searched', async () => {
  const searches: (() => void)[] = [];
  const hits: string[] = [];
  const upstream = scripted(() => singly(anAnswer()));
  const screen = createScreen(
    secretDetectors.map((detector) => ({ detector, action: 'report' })),
    'secret',
  );
  const later = (search: () => void) => searches.push(search);
  const ask = withMasking(outwardOf({ screen, onHit: ({ rule }) => hits.push(rule), later }));
  await drain(ask(upstream)(aCall({ request })));
  expect([upstream.calls.map((call) => call.request), hits]).toEqual([[request], []]);
  for (const search of searches) search();
  expect(hits).toEqual(['GITHUB_TOKEN']);
});

test('blocked: the refusal names the kind and never the value, and nothing leaves', async () => {
  const { ask, upstream } = setup('block');
  const { error } = await drain(ask(aCall({ request: { messages: [{ role: 'user', content: [{ text: token }] }] } })));
  expect(error).toMatchObject({ code: 'invalid_request', publicMessage: expect.stringContaining('GITHUB_TOKEN (1)') });
  expect(JSON.stringify(error)).not.toContain(token);
  expect(upstream.calls).toEqual([]);
});

test('content rules work like detectors', async () => {
  const { ask } = setup('block');
  const { error } = await drain(
    ask(aCall({ request: { messages: [{ role: 'user', content: [{ text: '<SCRIPT src=x>' }] }] } })),
  );
  expect(error).toMatchObject({ publicMessage: expect.stringContaining('SCRIPT_TAG (1)') });
});

test('a request that holds nothing passes untouched, as does its answer', async () => {
  const { ask, upstream } = setup('mask');
  const call = aCall();
  const { events } = await drain(ask(call));
  expect(upstream.calls[0]).toBe(call);
  expect(events).toEqual(singly(anAnswer()).flat());
});

test('the same data masks to the same words in every turn, so that prefixes and signatures stay what they were', async () => {
  const { ask, upstream } = setup('mask');
  await drain(ask(aCall({ request })));
  await drain(
    ask(
      aCall({
        request: { ...request, messages: [...request.messages, { role: 'user', content: [{ text: 'more' }] }] },
      }),
    ),
  );
  expect(upstream.calls[1]?.request.messages.slice(0, 3)).toEqual(upstream.calls[0]?.request.messages);
});

test('a native body is masked like the request beside it, and the answer’s raw events are not passed on', async () => {
  const { ask, upstream } = setup('mask');
  const native: Call['native'] = {
    dialect: 'anthropic-messages',
    body: {
      system: `The user is ${mail}.`,
      messages: [
        { role: 'user', content: [{ type: 'text', text: `my token is ${token}` }] },
        { role: 'user', content: [{ type: 'image', source: { type: 'base64', data: token } }] },
      ],
    },
  };
  await drain(ask({ ...aCall(), request, native }));
  const sent = JSON.stringify(upstream.calls[0]?.native);
  expect(sent).not.toContain(mail);
  expect(sent).toContain('EMAIL');
  // Bytes are no text: what looks like a secret in them is chance.
  expect(sent.split(token)).toHaveLength(2);
  // The provider's own events hold the placeholders.
  const served = { model: 'm', region: 'r', changes: [], raw: 'anthropic-messages' as const };
  const shown = unmasker(createMasks('s', 'p'))([
    { type: 'start', served },
    { type: 'raw', name: 'ping', text: '{}' },
  ]);
  expect(shown).toEqual([{ type: 'start', served: { model: 'm', region: 'r', changes: [] } }]);
});

test.each<[string, ContentBlock]>([
  ['a document in text form', { document: { name: 'a', source: { text: mail } } }],
  ['a document in pieces', { document: { name: 'a', source: { content: [{ text: 'x' }, { text: mail }] } } }],
  ['what is said of a document', { document: { name: 'a', source: { bytes: 'QQ==' }, context: mail } }],
  ['a guarded text', { guardContent: { text: { text: mail } } }],
  ['a search result', { searchResult: { source: 's', title: 't', content: [{ text: mail }] } }],
  ['a cited text', { citationsContent: { content: [{ text: mail }], citations: [] } }],
  ['a document in a tool result', result({ document: { name: 'a', source: { text: mail } } })],
  [
    'a search result in a tool result',
    result({ searchResult: { source: 's', title: mail, content: [{ text: mail }] } }),
  ],
  ['a structured tool result', result({ json: { deep: [{ to: mail }] } })],
])('%s is masked too', async (_, block) => {
  const { ask, upstream } = setup('mask');
  await drain(ask(aCall({ request: { messages: [{ role: 'user', content: [{ text: 'Hello' }, block] }] } })));
  const sent = JSON.stringify(upstream.calls[0]?.request);
  expect(sent).toContain('MASKED_EMAIL');
  expect(sent).not.toContain(mail);
});

test('a text file that came as bytes is masked too; one without a finding stays as it is', async () => {
  const file = (text: string): ContentBlock => ({
    document: { format: 'csv', name: 'a', source: { bytes: Buffer.from(text).toString('base64') } },
  });
  const { ask, upstream } = setup('mask');
  const clean = file('name;city\nGrün;Köln\n');
  await drain(ask(aCall({ request: { messages: [{ role: 'user', content: [file(`mail\n${mail}\n`), clean] }] } })));
  const [sent, same] = upstream.calls[0]?.request.messages[0]?.content ?? [];
  const source = sent && 'document' in sent ? sent.document.source : undefined;
  const text = source && 'bytes' in source ? Buffer.from(source.bytes, 'base64').toString() : '';
  expect(text).toMatch(/^mail\nMASKED_EMAIL_\w{8}\n$/);
  expect(same).toBe(clean);
});

function result(part: ToolResultContent): ContentBlock {
  return { toolResult: { toolUseId: 't', content: [part] } };
}

const call = (input: object) => ({
  messages: [
    { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'send', input }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: 'ok' }] },
  ],
});
const asked = (block: object) => ({ messages: [{ role: 'user', content: [block] }] });

test.each<[string, object]>([
  ['the description of a tool', { ...asked({ type: 'text', text: 'Hi' }), tools: [{ name: 'f', description: mail }] }],
  ['a tool’s input under the name of a field of the API', call({ data: mail, id: mail, name: mail, type: mail })],
  ['a document in text form', asked({ type: 'document', source: { type: 'text', data: mail } })],
  [
    'an example of a tool’s input, which no request by Converse holds',
    { ...asked({ type: 'text', text: 'Hi' }), tools: [{ name: 'f', input_examples: [{ to: mail }] }] },
  ],
  ['a tool’s result', asked({ type: 'tool_result', tool_use_id: 't', content: [{ type: 'text', text: mail }] })],
])('of a Messages body that goes out as it is, %s is masked too', async (_, body) => {
  const given = { model: 'm', max_tokens: 9, context_management: { edits: [] }, ...body };
  const translated = anthropicMessages.toNative?.(anthropicMessages.parse(given, plainContext), plainContext);
  if (!translated?.native) throw new Error('not the native lane');
  const { ask, upstream } = setup('mask');
  await drain(ask(aCall({ request: translated.request, native: translated.native })));
  const sent = JSON.stringify(upstream.calls[0]?.native);
  expect(sent).toContain('MASKED_EMAIL');
  expect(sent).not.toContain(mail);
});

test('a long text that was sent before is treated as the first time, clean or not', async () => {
  const long = 'Nothing to see here, only words. '.repeat(60);
  for (const text of [long, `${long}${mail}`, `${long}${token}`]) {
    const { ask, upstream } = setup('mask');
    for (let nth = 0; nth < 3; nth++)
      await drain(ask(aCall({ request: { messages: [{ role: 'user', content: [{ text }, { text: long }] }] } })));
    const [first, ...others] = upstream.calls.map(({ request: sent }) => sent);
    expect(JSON.stringify(first)).not.toContain(mail);
    expect(JSON.stringify(first)).not.toContain(token);
    for (const other of others) expect(other).toEqual(first);
  }
});

const password = 'Tr0ub4dorHx93kQ';
const said = (role: 'user' | 'assistant', text: string): ConverseRequest['messages'][number] => ({
  role,
  content: [{ text }],
});

test('what was found by its context stays masked where it stands without: in the answer that comes back as history, and behind', async () => {
  const { ask, upstream } = setup('mask');
  const messages = [
    said('user', `const password = "${password}"`),
    said('assistant', `It is ${password}.`),
    said('user', `So ${password}x is longer?`),
  ];
  await drain(ask(aCall({ request: { messages, system: [{ text: 'Be short.' }] } })));
  const sent = JSON.stringify(upstream.calls[0]?.request);
  expect(sent).not.toContain(password);
  expect(sent.match(/MASKED_API_KEY_\w{8}/g)).toHaveLength(3);
});

test('what a later text tells does not change those before it: their prefix is in Bedrock’s cache, their thinking is signed', async () => {
  const { ask, upstream } = setup('mask');
  const before = [said('user', `Is ${password} a good one?`), said('assistant', `${password} is.`)];
  await drain(ask(aCall({ request: { messages: [...before, said('user', `password = "${password}"`)] } })));
  expect(upstream.calls[0]?.request.messages.slice(0, 2)).toEqual(before);
});

test('a plain word that is somebody’s password is masked where it is one, and nowhere else', async () => {
  const { ask, upstream } = setup('mask');
  const messages = [said('user', 'postgres://root:postgres@db.firma.de/x'), said('user', 'How do I start postgres?')];
  await drain(ask(aCall({ request: { messages } })));
  const sent = JSON.stringify(upstream.calls[0]?.request.messages);
  expect(sent).toContain('root:MASKED_CONNECTION_STRING_');
  expect(sent).toContain('How do I start postgres?');
});

test('in an answer that is JSON what is put back is escaped: it still parses', async () => {
  const key = `-----BEGIN PRIVATE KEY-----\n${'MIIEvQIBADANBg'.repeat(4)}\n-----END PRIVATE KEY-----`;
  const { ask } = setup('mask', ({ request: sent }) => {
    const placeholder = /MASKED_PRIVATE_KEY_\w{8}/.exec(JSON.stringify(sent))?.[0];
    return anAnswer(JSON.stringify({ key: placeholder }));
  });
  const options = { responseFormat: { type: 'json_object' as const } };
  const { blocks } = await collect(ask(aCall({ request: { messages: [said('user', key)] }, options })));
  expect(blocks).toEqual([{ kind: 'text', text: JSON.stringify({ key }) }]);
});

test.each(['mask', 'block'] as const)(
  'what is only reported hides nothing that there is to %s, also where its search did not end',
  async (secrets) => {
    const key = 'AKIAQ3EGRVX7TJ5PZL2M';
    for (const pattern of ['customer: [^\\n]{1,80}', '(a+)+b']) {
      const rules = screenRules({
        ...{ secrets, personal: 'off', webInjection: 'off', kinds: [] },
        patterns: [{ name: 'own', pattern, action: 'report' }],
      });
      const upstream = scripted(() => singly(anAnswer()));
      const hits: string[] = [];
      const outward = outwardOf({
        screen: createScreen(rules, 'secret'),
        onHit: ({ rule, action }) => hits.push(`${rule} ${action}`),
      });
      const text = `customer: 12, key ${key} ${'a'.repeat(40)}`;
      const request = { messages: [said('user', text)] };
      const { error } = await drain(withMasking(outward)(upstream)(aCall({ request })));
      expect(hits.sort()).toEqual([`AWS_ACCESS_KEY ${secrets}`, 'X_OWN report']);
      if (secrets === 'block') expect(error).toMatchObject({ code: 'invalid_request' });
      else expect(JSON.stringify(upstream.calls[0]?.request)).not.toContain(key);
    }
  },
);

test('the metadata that an invocation log would keep is masked like the rest', async () => {
  const { ask, upstream } = setup('mask');
  await drain(
    ask(aCall({ request: { messages: [said('user', 'Hi')], requestMetadata: { user: mail, team: 'web' } } })),
  );
  expect(upstream.calls[0]?.request.requestMetadata).toEqual({
    user: expect.stringMatching(/^MASKED_EMAIL_\w{8}$/),
    team: 'web',
  });
});
