import { audit, budgets, cache, ledger, masking, ratesOfAll, ratesPerKey, requestBounds } from './policy-sections.ts';
import { boolean, choice, integer, list, number, optionalText, section, table, text, type ValueOf } from './setting.ts';
import { vault } from './vault-section.ts';

/*
 * Every setting, its default and its explanation. The checks at start-up, the JSON Schema that editors use and
 * docs/config.md all come from here. A new section is one `section(…)` and its line at the end.
 */

const seconds = (initial: number, most: number, description: string) =>
  number(initial, { least: 0.01, most, description });

/** 0 switches the limit off. */
const secondsOrNone = (initial: number, most: number, description: string) =>
  number(initial, { least: 0, most, description: `${description} 0: no limit.` });

const listen = section('Where the proxy listens, and whom it answers.', {
  host: text('127.0.0.1', {
    env: 'CLAUDE_BEDROCK_HOST',
    description: 'The address to listen on. Anything but a loopback address also needs `allowRemote`.',
  }),
  port: integer(4141, {
    least: 0,
    most: 65_535,
    env: 'CLAUDE_BEDROCK_PORT',
    description: 'The port to listen on; 0 picks a free one.',
  }),
  socket: optionalText({
    env: 'CLAUDE_BEDROCK_SOCKET',
    description:
      'A Unix socket to listen at besides the port, e.g. `/run/user/1000/claude-bedrock/proxy.sock`: other users of the machine cannot even connect. Its folder must be yours alone (0700) and is made if it is missing.',
  }),
  allowRemote: boolean(false, {
    description:
      'Lets `host` be an address that other machines can reach. The key is then all that protects your AWS account, and without TLS it travels unencrypted.',
  }),
  hosts: list({
    description:
      'More values of the Host header to answer, with their port, e.g. `host.docker.internal:4141`. 127.0.0.1, [::1] and localhost are always answered.',
  }),
  publicHost: optionalText({
    description:
      'The host name under which a tunnel reaches the proxy, e.g. `calm-otter.trycloudflare.com`. It gets the model routes only, never health details, metrics or the dashboard.',
  }),
  origins: list({
    description:
      'Web origins whose pages may call the proxy, e.g. `app://obsidian.md`. None by default: a web page should not.',
  }),
  tlsCert: optionalText({
    description: 'A PEM file with the certificate (and its chain) to speak TLS with. Also needs `tlsKey`.',
  }),
  tlsKey: optionalText({ description: 'The PEM file of the private key of `tlsCert`, without a passphrase.' }),
  tlsSelfSigned: boolean(false, {
    description:
      'Speaks TLS with a certificate for 127.0.0.1, ::1 and localhost that signs itself, kept in the state folder. For development: clients must be told to trust it.',
  }),
  maxConnections: integer(10_240, {
    least: 1,
    most: 1_000_000,
    description: 'How many sockets may be open at once.',
  }),
});

const aws = section('Which Bedrock is called. All of it may be left to AWS’s own variables and files.', {
  region: optionalText({
    description: 'The AWS Region to call. Absent: `AWS_REGION`, then the profile, as in the AWS SDK.',
  }),
  failoverRegions: list({
    description:
      'Regions to ask, in this order, when the first one throttles or is out. All traffic stays in the first while it is well: prompt caches are per Region. Ignored with `endpoint`.',
  }),
  profile: optionalText({
    description: 'The profile of `~/.aws/config` to sign with. Absent: `AWS_PROFILE`, as in the AWS SDK.',
  }),
  endpoint: optionalText({
    description:
      'Another address of Bedrock Runtime, e.g. a VPC endpoint. Absent: `AWS_ENDPOINT_URL_BEDROCK_RUNTIME`, then the Region’s own.',
  }),
  controlEndpoint: optionalText({
    description:
      'Another address of Bedrock’s control plane, which lists models and profiles. Absent: the Region’s own; with `endpoint` set and this absent, the shipped catalogue is all there is.',
  }),
  mantleEndpoint: optionalText({
    description:
      'Another address of Bedrock’s OpenAI-compatible endpoint, which serves a few models that Converse does not. Absent: the Region’s own.',
  }),
});

const models = section('Names and defaults of models.', {
  default: text('bedrock-sonnet', {
    description: 'The model that stands in for a name nobody knows (editors ask for `gpt-4o` to check a key).',
  }),
  embedding: text('amazon.titan-embed-text-v2:0', {
    description: 'The embedding model that stands in for a name nobody knows, such as `text-embedding-3-small`.',
  }),
  aliases: table({
    description:
      'Names of your own for model ids, profiles or ARNs: `[models.aliases]`, then `fast = "bedrock-haiku"`.',
  }),
  unknown: choice(['default', 'refuse', 'pass'], {
    initial: 'default',
    description:
      '`default`: an unknown name is answered by the default model, and said so; `refuse`: it is an error; `pass`: Bedrock decides.',
  }),
  defaultMaxTokens: integer(16_384, {
    least: 1,
    most: 1_000_000,
    description:
      '`max_tokens` for requests that name none. Bedrock reserves it from your quota when a call starts, so more is not better.',
  }),
  promptCaching: boolean(true, {
    description:
      'Adds cache points to long requests whose client sets none, so that a repeated beginning costs a tenth.',
  }),
  geography: optionalText({
    description:
      'The prefix of the inference profiles to use, e.g. `eu`: keeps inference in that geography. Absent: the Region’s own.',
  }),
  preferGlobal: boolean(false, {
    description: 'Uses `global.` inference profiles where a model has one: more capacity, any Region of the world.',
  }),
});

const bedrock = section('What Bedrock is asked for with every call. Headers ask for one call.', {
  guardrail: optionalText({
    description: 'The id or ARN of a guardrail that every call passes. A client cannot put it off.',
  }),
  guardrailVersion: text('DRAFT', { description: 'The version of the guardrail: a number, or `DRAFT`.' }),
  guardrailStream: choice(['sync', 'async'], {
    initial: 'sync',
    description:
      'How the guardrail reads streams. `sync` holds words back until they are checked; `async` lets them through and may step in late.',
  }),
  serviceTier: choice(['default', 'flex', 'priority', 'reserved'], {
    initial: 'default',
    description: 'The service tier of calls that ask for none.',
  }),
  latency: choice(['standard', 'optimized'], {
    initial: 'standard',
    description: '`optimized` asks for the faster inference that some models have in some Regions.',
  }),
  metadata: table({
    description: 'Pairs that Bedrock writes into its invocation log with every call, e.g. `team = "web"`.',
  }),
});

const limits = section('Bounds on requests.', {
  bodyBytes: integer(33_554_432, {
    least: 1024,
    most: 1_073_741_824,
    description: 'The longest request body, in bytes, after decompression.',
  }),
  jsonDepth: integer(128, { least: 8, most: 1000, description: 'How deep brackets may nest in a request body.' }),
  ...requestBounds,
  perKey: ratesPerKey,
  all: ratesOfAll,
});

const timeouts = section('Times, all in seconds.', {
  headers: seconds(10, 300, 'A client must have sent its request head by then.'),
  body: seconds(60, 3600, 'A client must have sent its whole body by then.'),
  keepAlive: seconds(60, 3600, 'How long an idle connection stays open.'),
  drain: seconds(30, 3600, 'How long open answers may go on after SIGTERM.'),
  hold: seconds(
    5,
    60,
    'How long the response head waits for the first piece of an answer, so that an early failure keeps its real status.',
  ),
  heartbeat: seconds(
    10,
    300,
    'A stream that was silent for so long gets a comment line, so that nobody on the way closes it.',
  ),
  connect: secondsOrNone(5, 300, 'Bedrock must accept a connection by then.'),
  firstByte: secondsOrNone(120, 3600, 'Bedrock must begin a streamed answer by then.'),
  whole: secondsOrNone(
    900,
    3600,
    'A whole answer, one that is not streamed, must have come by then: until it is complete, a model at work and a dead connection look the same. A stream is found dead far earlier, by `silence`.',
  ),
  silence: secondsOrNone(
    60,
    3600,
    'The longest silence inside an answer; there is no limit on the whole. A model that thinks gets at least 600.',
  ),
});

const log = section('The log.', {
  level: choice(['debug', 'info', 'warn', 'error', 'silent'], {
    initial: 'info',
    env: 'CLAUDE_BEDROCK_LOG_LEVEL',
    description: 'What is logged, on stderr. No level ever logs prompts, answers or keys.',
  }),
  format: choice(['auto', 'json', 'text'], {
    initial: 'auto',
    description:
      'One JSON object per line, or one short `text` line for people. `auto`: text on a terminal, JSON elsewhere.',
  }),
  bodies: text('off', {
    description:
      'Writes what was asked and answered to `bodies.jsonl` in the state folder, with every secret and all personal data that the detectors know masked. `claude-bedrock config set log.bodies on` switches it on; it ends by itself within an hour, at the time that then stands here.',
  }),
});

const reasoning = section('The model’s thinking.', {
  display: choice(['off', 'reasoning_content', 'think', 'details'], {
    initial: 'reasoning_content',
    description:
      'How thinking is shown to clients of Chat Completions: in the field `reasoning_content`, as `<think>` text, as a `<details>` block, or not at all.',
  }),
  yields: choice(['choice', 'thinking'], {
    initial: 'choice',
    description:
      'What gives way when a model cannot think and be forced to call a tool at once: the forced `choice`, or the `thinking`.',
  }),
});

const media = section('Pictures and documents.', {
  remote: boolean(false, {
    description:
      'Fetches pictures and documents that a request links to (`https` only), because Bedrock takes bytes and no links. Only machines of the open internet are asked, never this one or its network; `HTTPS_PROXY` and `NO_PROXY` are obeyed. What was fetched is kept in memory for five minutes. Off: a link is refused with an error.',
  }),
});

export const settingsSchema = section('claude-bedrock configuration', {
  upstream: choice(['bedrock', 'demo'], {
    initial: 'bedrock',
    env: 'CLAUDE_BEDROCK_UPSTREAM',
    description: '`demo`: the embedded simulator answers; no AWS account is used.',
  }),
  strict: boolean(false, {
    description:
      'What cannot be honoured is refused with an error, instead of being left out and reported in `x-claude-bedrock-changes`.',
  }),
  listen,
  aws,
  vault,
  models,
  bedrock,
  media,
  limits,
  timeouts,
  cache,
  budgets,
  log,
  masking,
  audit,
  ledger,
  reasoning,
});

/** All settings with their defaults filled in. The key is not among them: it never stands in a file. */
export type Settings = ValueOf<typeof settingsSchema>;
