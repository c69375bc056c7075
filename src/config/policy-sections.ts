import * as z from 'zod';
import { section } from './section.ts';

/* The settings of what the proxy does for every request: cache, rates, budgets, audit, ledger. */

export const cache = section({
  mode: z.enum(['all', 'deterministic', 'off']).default('all').meta({
    description:
      '`all`: an identical request within the time below is answered from memory; `deterministic`: only requests with temperature 0; `off`. A client’s `Cache-Control: no-cache` or `no-store` is obeyed.',
  }),
  seconds: z.number().min(1).max(3600).default(300).meta({
    description: 'How long an answer is kept, in seconds.',
  }),
  bytes: z.int().min(65_536).max(4_294_967_296).default(67_108_864).meta({
    description: 'How much memory answers may take, in bytes. They are never on disk.',
  }),
});

const rates = {
  requestsPerMinute: z.int().min(1).optional().meta({ description: 'Requests a minute.' }),
  requestsPerHour: z.int().min(1).optional().meta({ description: 'Requests an hour.' }),
  tokensPerMinute: z.int().min(1).optional().meta({
    description: 'Tokens a minute, counted when an answer is over. Cached answers cost none.',
  }),
  concurrent: z.int().min(1).optional().meta({ description: 'Calls open at the same time.' }),
};

export const ratesPerKey = section(rates);
export const ratesOfAll = section(rates);

/** Members of the section `limits` that bound what one request may hold. */
export const requestBounds = {
  promptChars: z.int().min(1).optional().meta({
    description: 'The most characters of text in one request: system, messages and tool results. Absent: no bound.',
  }),
  images: z.int().min(0).optional().meta({ description: 'The most images in one request. Absent: Bedrock decides.' }),
  documents: z.int().min(0).optional().meta({
    description: 'The most documents in one request. Absent: Bedrock decides.',
  }),
  maxTokensLeast: z
    .int()
    .min(1)
    .optional()
    .meta({ description: 'A client’s `max_tokens` below this is raised to it.' }),
  maxTokensMost: z
    .int()
    .min(1)
    .optional()
    .meta({ description: 'A client’s `max_tokens` above this is lowered to it.' }),
};

export const budgets = z
  .array(
    z.strictObject({
      period: z.enum(['day', 'month']),
      usd: z.number().min(0),
      action: z.enum(['notice', 'clamp', 'refuse']).default('notice'),
      key: z.string().min(1).optional(),
      model: z.string().min(1).optional(),
    }),
  )
  .default([]);

export const audit = section({
  enabled: z.boolean().default(true).meta({
    description:
      'Keeps one line per call and per security event in the state folder, chained by hashes. It holds no prompts and no answers.',
  }),
  retentionDays: z.int().min(1).max(3650).default(365).meta({ description: 'How long audit files are kept, in days.' }),
  bytes: z.int().min(1_048_576).default(1_073_741_824).meta({
    description: 'How large all audit files together may grow; the oldest go first.',
  }),
});

export const ledger = section({
  enabled: z.boolean().default(true).meta({
    description:
      'Keeps tokens and cost of each call, for `usage`, `quota` and `explain`. It holds no prompts and no answers.',
  }),
  retentionDays: z.int().min(1).max(3650).default(92).meta({ description: 'How long calls are kept, in days.' }),
});

const screenChoice = z.enum(['off', 'report', 'mask', 'block']);

export const masking = section({
  secrets: screenChoice.default('report').meta({
    description:
      'Keys, tokens and passwords in what is sent to the model: `report` them in the log and the audit, `mask` them (the answer holds the originals again), or `block` the request.',
  }),
  personal: screenChoice.default('off').meta({
    description: 'E-mail addresses, phone numbers, cards, IBANs, national ids, IP addresses: as above.',
  }),
  kinds: z
    .record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), screenChoice)
    .default({})
    .meta({
      description: 'One kind differently from its group, e.g. `EMAIL = "mask"`.',
    }),
  content: z
    .partialRecord(z.enum(['web-injection']), screenChoice.exclude(['mask']))
    .default({})
    .meta({
      description:
        'Rule sets for content, e.g. `web-injection = "report"` for script tags. Editors send code: expect hits.',
    }),
  patterns: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(30),
        pattern: z.string().min(1).refine(isPattern, { error: 'not a regular expression' }),
        action: screenChoice.exclude(['off']),
      }),
    )
    .default([])
    .meta({
      description:
        'Your own rules, each a table `[[masking.patterns]]` with `name`, `pattern` (a JavaScript regular expression) and `action`.',
    }),
});

function isPattern(source: string): boolean {
  try {
    return new RegExp(source) instanceof RegExp;
  } catch {
    return false;
  }
}
