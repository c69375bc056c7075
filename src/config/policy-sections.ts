import {
  boolean,
  choice,
  integer,
  number,
  optionalInteger,
  optionalText,
  requiredNumber,
  section,
  tables,
  text,
} from './setting.ts';

/* The settings of what the proxy does for every request: cache, rates, budgets, audit, ledger. */

export const cache = section('The response cache.', {
  mode: choice(['all', 'deterministic', 'off'], {
    initial: 'all',
    description:
      '`all`: an identical request within the time below is answered from memory; `deterministic`: only requests with temperature 0; `off`. A client’s `Cache-Control: no-cache` or `no-store` is obeyed.',
  }),
  seconds: number(300, { least: 1, most: 3600, description: 'How long an answer is kept, in seconds.' }),
  bytes: integer(67_108_864, {
    least: 65_536,
    most: 4_294_967_296,
    description: 'How much memory answers may take, in bytes. They are never on disk.',
  }),
});

const rates = {
  requestsPerMinute: optionalInteger({ least: 1, description: 'Requests a minute.' }),
  requestsPerHour: optionalInteger({ least: 1, description: 'Requests an hour.' }),
  tokensPerMinute: optionalInteger({
    least: 1,
    description: 'Tokens a minute, counted when an answer is over. Cached answers cost none.',
  }),
  concurrent: optionalInteger({ least: 1, description: 'Calls open at the same time.' }),
};

export const ratesPerKey = section('Rates of each key. Absent: none.', rates);
export const ratesOfAll = section('Rates of all keys together. Absent: none.', rates);

/** Members of the section `limits` that bound what one request may hold. */
export const requestBounds = {
  promptChars: optionalInteger({
    least: 1,
    description: 'The most characters of text in one request: system, messages and tool results. Absent: no bound.',
  }),
  images: optionalInteger({ least: 0, description: 'The most images in one request. Absent: Bedrock decides.' }),
  documents: optionalInteger({ least: 0, description: 'The most documents in one request. Absent: Bedrock decides.' }),
  maxTokensLeast: optionalInteger({ least: 1, description: 'A client’s `max_tokens` below this is raised to it.' }),
  maxTokensMost: optionalInteger({ least: 1, description: 'A client’s `max_tokens` above this is lowered to it.' }),
};

const budget = section('One budget.', {
  period: choice(['day', 'month'], {
    initial: 'day',
    description: 'What is added up; days and months are those of the local calendar.',
  }),
  usd: requiredNumber({ least: 0, description: 'The limit in US dollars.' }),
  action: choice(['notice', 'clamp', 'refuse'], {
    initial: 'notice',
    description: 'What happens once it is spent; `clamp`: short answers only.',
  }),
  key: optionalText({
    description: 'The id of the key that it is for, as `claude-bedrock key list` tells it; absent: all.',
  }),
  model: optionalText({
    description:
      'The model that it is for, by any name that `claude-bedrock models list` tells or an alias of your own; absent: all.',
  }),
});

export const budgets = tables(budget, {
  description:
    'Soft limits in US dollars, each a table `[[budgets]]` with `period` (`day` or `month`), `usd`, `action` once it is spent (`notice`, `clamp`: short answers only, `refuse`), and if it is not for all calls a `key` (its id, as `claude-bedrock key list` tells it) or a `model` (any name of it). Notices come at 80, 95 and 100 %.',
});

export const audit = section('The audit.', {
  enabled: boolean(true, {
    description:
      'Keeps one line per call and per security event in the state folder, chained by hashes. It holds no prompts and no answers.',
  }),
  retentionDays: integer(365, { least: 1, most: 3650, description: 'How long audit files are kept, in days.' }),
  bytes: integer(1_073_741_824, {
    least: 1_048_576,
    description: 'How large all audit files together may grow; the oldest go first.',
  }),
});

export const ledger = section('The cost ledger.', {
  enabled: boolean(true, {
    description:
      'Keeps tokens and cost of each call, for `usage`, `quota` and `explain`. It holds no prompts and no answers.',
  }),
  retentionDays: integer(92, { least: 1, most: 3650, description: 'How long calls are kept, in days.' }),
});

const screenWords = ['off', 'report', 'mask', 'block'] as const;

const kindRule = section('One kind.', {
  kind: text('', { description: 'The kind as reports name it, e.g. `EMAIL`.' }),
  action: choice(screenWords, { initial: 'report', description: 'What is done with it.' }),
});

const patternRule = section('One pattern.', {
  name: text('', { description: 'How reports name it.' }),
  pattern: text('', { description: 'A JavaScript regular expression.' }),
  action: choice(screenWords, { initial: 'report', description: 'What is done with what it finds.' }),
});

export const masking = section('What is looked for in requests before they leave.', {
  secrets: choice(screenWords, {
    initial: 'report',
    description:
      'Keys, tokens and passwords: `report` them in the log and the audit, `mask` them (the answer holds the originals again), or `block` the request.',
  }),
  personal: choice(screenWords, {
    initial: 'off',
    description: 'E-mail addresses, phone numbers, cards, IBANs, national ids, IP addresses: as above.',
  }),
  webInjection: choice(['off', 'report', 'block'], {
    initial: 'off',
    description: 'Script tags and `javascript:` addresses. Editors send code: expect hits.',
  }),
  kinds: tables(kindRule, {
    description: 'A kind treated otherwise than its group, each a table `[[masking.kinds]]` with `kind` and `action`.',
  }),
  patterns: tables(patternRule, {
    description:
      'Your own rules, each a table `[[masking.patterns]]` with `name`, `pattern` and `action`. A text that a pattern takes longer than half a second for counts as found: avoid repetition inside repetition.',
  }),
});
