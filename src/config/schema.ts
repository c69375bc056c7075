import * as z from 'zod';
import { audit, budgets, cache, ledger, masking, ratesOfAll, ratesPerKey, requestBounds } from './policy-sections.ts';
import { section } from './section.ts';

/*
 * Every setting, its default and its explanation. The JSON Schema that editors use, docs/config.md and the checks at
 * start-up all come from here. A new section is one `section({…})` below and its line in `settingsSchema`.
 */

const seconds = (initial: number, most: number) => z.number().min(0.01).max(most).default(initial);
/** 0 switches the limit off. */
const secondsOrNone = (initial: number, most: number) => z.number().min(0).max(most).default(initial);

const listen = section({
  host: z.string().min(1).default('127.0.0.1').meta({
    env: 'CLAUDE_BEDROCK_HOST',
    description: 'The address to listen on. Anything but a loopback address also needs `allowRemote`.',
  }),
  port: z.int().min(0).max(65_535).default(4141).meta({
    env: 'CLAUDE_BEDROCK_PORT',
    description: 'The port to listen on; 0 picks a free one.',
  }),
  allowRemote: z.boolean().default(false).meta({
    description:
      'Lets `host` be an address that other machines can reach. The key is then all that protects your AWS account, and it travels unencrypted: put TLS in front.',
  }),
  hosts: z.array(z.string().min(1)).default([]).meta({
    description:
      'More values of the Host header to answer, with their port, e.g. `host.docker.internal:4141`. 127.0.0.1, [::1] and localhost are always answered.',
  }),
  publicHost: z.string().min(1).optional().meta({
    description:
      'The host name under which a tunnel reaches the proxy, e.g. `calm-otter.trycloudflare.com`. It gets the model routes only, never health details, metrics or the dashboard.',
  }),
  origins: z.array(z.string().min(1)).default([]).meta({
    description:
      'Web origins whose pages may call the proxy, e.g. `app://obsidian.md`. None by default: a web page should not.',
  }),
  maxConnections: z.int().min(1).default(10_240).meta({ description: 'How many sockets may be open at once.' }),
}).refine(({ host, allowRemote }) => allowRemote || isLoopback(host), {
  path: ['host'],
  error: 'other machines could reach this address; set listen.allowRemote = true if that is meant',
});

/** 127.0.0.0/8, ::1 and the name for them. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

const aws = section({
  region: z.string().min(1).optional().meta({
    description: 'The AWS Region to call. Absent: `AWS_REGION`, then the profile, as in the AWS SDK.',
  }),
  profile: z.string().min(1).optional().meta({
    description: 'The profile of `~/.aws/config` to sign with. Absent: `AWS_PROFILE`, as in the AWS SDK.',
  }),
  endpoint: z.url().optional().meta({
    description:
      'Another address of Bedrock Runtime, e.g. a VPC endpoint. Absent: `AWS_ENDPOINT_URL_BEDROCK_RUNTIME`, then the Region’s own.',
  }),
});

const models = section({
  default: z.string().min(1).default('bedrock-sonnet').meta({
    description: 'The model that stands in for a name nobody knows (editors ask for `gpt-4o` to check a key).',
  }),
  aliases: z.record(z.string(), z.string().min(1)).default({}).meta({
    description:
      'Names of your own for model ids, profiles or ARNs: `[models.aliases]`, then `fast = "bedrock-haiku"`.',
  }),
  unknown: z.enum(['default', 'refuse', 'pass']).default('default').meta({
    description:
      '`default`: an unknown name is answered by the default model, and said so; `refuse`: it is an error; `pass`: Bedrock decides.',
  }),
  promptCaching: z.boolean().default(true).meta({
    description: 'Adds cache points to long requests whose client sets none, so that repeated prompts cost a tenth.',
  }),
  geography: z.string().min(1).optional().meta({
    description:
      'The prefix of the inference profiles to use, e.g. `eu`: keeps inference in that geography. Absent: the Region’s own.',
  }),
  preferGlobal: z.boolean().default(false).meta({
    description: 'Uses `global.` inference profiles where a model has one: more capacity, any Region of the world.',
  }),
  defaultMaxTokens: z.int().min(1).default(16_384).meta({
    description:
      '`max_tokens` for requests that name none. Bedrock reserves it from your quota when a call starts, so more is not better.',
  }),
});

const limits = section({
  bodyBytes: z.int().min(1024).max(1_073_741_824).default(33_554_432).meta({
    description: 'The longest request body, in bytes, after decompression.',
  }),
  jsonDepth: z.int().min(8).max(1000).default(128).meta({
    description: 'How deep brackets may nest in a request body.',
  }),
  ...requestBounds,
  perKey: ratesPerKey.meta({ description: 'Rates of each key. Absent: none.' }),
  all: ratesOfAll.meta({ description: 'Rates of all keys together. Absent: none.' }),
});

const timeouts = section({
  headers: seconds(10, 300).meta({ description: 'A client must have sent its request head by then, in seconds.' }),
  body: seconds(60, 3600).meta({ description: 'A client must have sent its whole body by then, in seconds.' }),
  keepAlive: seconds(60, 3600).meta({ description: 'How long an idle connection stays open, in seconds.' }),
  drain: seconds(30, 3600).meta({ description: 'How long open answers may go on after SIGTERM, in seconds.' }),
  hold: seconds(5, 60).meta({
    description:
      'How long the response head waits for the first piece of an answer, so that an early failure keeps its real status, in seconds.',
  }),
  heartbeat: seconds(10, 300).meta({
    description: 'A silent stream gets a comment line after so many seconds, so that nobody on the way closes it.',
  }),
  connect: secondsOrNone(5, 300).meta({ description: 'Bedrock must accept a connection by then, in seconds.' }),
  firstByte: secondsOrNone(120, 3600).meta({
    description: 'Bedrock must begin its answer by then, in seconds. A model that thinks first gets at least 600.',
  }),
  silence: secondsOrNone(60, 3600).meta({
    description:
      'The longest silence inside an answer, in seconds. A model that thinks gets at least 600. There is no limit on the whole.',
  }),
});

const log = section({
  level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info').meta({
    env: 'CLAUDE_BEDROCK_LOG_LEVEL',
    description: 'What is logged, on stderr. No level ever logs prompts, answers or keys.',
  }),
});

const reasoning = section({
  display: z.enum(['off', 'reasoning_content', 'think', 'details']).default('reasoning_content').meta({
    description:
      'How thinking is shown to clients of Chat Completions: in the field `reasoning_content`, as `<think>` text, as a `<details>` block, or not at all.',
  }),
  yields: z.enum(['choice', 'thinking']).default('choice').meta({
    description:
      'What gives way when a model cannot think and be forced to call a tool at once: the forced `choice`, or the `thinking`.',
  }),
});

export const settingsSchema = z.strictObject({
  $schema: z.string().optional().meta({ description: 'The address of this schema, for editors.' }),
  upstream: z.enum(['bedrock', 'demo']).default('bedrock').meta({
    env: 'CLAUDE_BEDROCK_UPSTREAM',
    description: '`demo`: the embedded simulator answers; no AWS account is used.',
  }),
  strict: z.boolean().default(false).meta({
    description:
      'What cannot be honoured is refused with an error, instead of being left out and reported in `x-claude-bedrock-changes`.',
  }),
  listen: listen.meta({ description: 'Where the proxy listens, and whom it answers.' }),
  aws: aws.meta({ description: 'Which Bedrock is called. All of it may be left to AWS’s own variables and files.' }),
  models: models.meta({ description: 'Names and defaults of models.' }),
  limits: limits.meta({ description: 'Bounds on requests.' }),
  timeouts: timeouts.meta({ description: 'Times, all in seconds.' }),
  cache: cache.meta({ description: 'The response cache.' }),
  budgets: budgets.meta({
    description:
      'Soft limits in US dollars, each a table `[[budgets]]` with `period` (`day` or `month`), `usd`, `action` once it is spent (`notice`, `clamp`: short answers only, `refuse`), and if it is not for all calls a `key` or a `model`. Notices come at 80, 95 and 100 %.',
  }),
  log: log.meta({ description: 'The log.' }),
  masking: masking.meta({ description: 'What is looked for in requests before they leave.' }),
  audit: audit.meta({ description: 'The audit.' }),
  ledger: ledger.meta({ description: 'The cost ledger.' }),
  reasoning: reasoning.meta({ description: 'The model’s thinking.' }),
});

/** All settings with their defaults filled in. The key is not among them: it never stands in a file. */
export type Settings = z.output<typeof settingsSchema>;

/** The published JSON Schema of the configuration file (draft 2020-12). */
export function settingsJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(settingsSchema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      delete jsonSchema['env'];
    },
  });
  return { ...schema, title: 'claude-bedrock configuration' };
}

/** One setting as the docs, the environment and error messages see it. */
export type SettingFacts = {
  /** E.g. `listen.port`. */
  path: string;
  env: string | undefined;
  description: string;
  /** JSON text of the default; undefined when there is none. */
  initial: string | undefined;
  /** What it takes, in words: `integer`, `"a" | "b"`. */
  takes: string;
};

/** Every setting, in the order of the file. */
export function settingFacts(): SettingFacts[] {
  const root = z.toJSONSchema(settingsSchema, { io: 'input' });
  return factsBelow(root, '');
}

function factsBelow(schema: z.core.JSONSchema.BaseSchema, path: string): SettingFacts[] {
  const facts: SettingFacts[] = [];
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    if (typeof member === 'boolean') continue;
    const below = path === '' ? name : `${path}.${name}`;
    if (member.properties) facts.push(...factsBelow(member, below));
    else facts.push(factsOf(member, below));
  }
  return facts;
}

function factsOf(schema: z.core.JSONSchema.BaseSchema, path: string): SettingFacts {
  const env = schema['env'];
  return {
    path,
    env: typeof env === 'string' ? env : undefined,
    description: schema.description ?? '',
    initial: schema.default === undefined ? undefined : JSON.stringify(schema.default),
    takes: takesOf(schema),
  };
}

function isTable(items: unknown): boolean {
  return typeof items === 'object' && items !== null && 'type' in items && items.type === 'object';
}

function takesOf(schema: z.core.JSONSchema.BaseSchema): string {
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.type === 'array') return isTable(schema.items) ? 'list of tables' : 'list of strings';
  if (schema.type === 'object') return 'table of strings';
  const bounds = [
    schema.minimum === undefined ? undefined : `≥ ${schema.minimum}`,
    schema.maximum === undefined || schema.maximum === Number.MAX_SAFE_INTEGER ? undefined : `≤ ${schema.maximum}`,
  ].filter((bound) => bound !== undefined);
  return [schema.type ?? 'value', ...bounds].join(', ');
}
