import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProxyError } from '../../src/base/errors.ts';
import { accommodate } from '../../src/bedrock/accommodate.ts';
import shipped from '../../src/bedrock/catalogue.json' with { type: 'json' };
import { families } from '../../src/bedrock/models.ts';
import type { ModelOptions } from '../../src/converse/options.ts';
import { anyRequest } from '../converse/arbitrary.ts';
import { brokenLaws, brokenRules } from '../converse/laws.ts';
import { callFor, infoOf } from './calls.ts';

const anyOptions: fc.Arbitrary<ModelOptions> = fc.record(
  {
    thinking: fc.constantFrom<NonNullable<ModelOptions['thinking']>[]>(
      { type: 'enabled', budgetTokens: 2000 },
      { type: 'enabled', budgetTokens: 10 },
      { type: 'adaptive' },
      { type: 'disabled' },
    ),
    effort: fc.constantFrom<NonNullable<ModelOptions['effort']>[]>('none', 'minimal', 'low', 'high', 'xhigh', 'max'),
    topK: fc.constant(40),
    betas: fc.constant(['context-1m-2025-08-07', 'made-up']),
    parallelToolCalls: fc.boolean(),
    noToolCalls: fc.boolean(),
    responseFormat: fc.constantFrom<NonNullable<ModelOptions['responseFormat']>[]>(
      { type: 'json_object' },
      { type: 'json_schema', name: 'n', schema: { type: 'object', properties: { a: { type: 'number', minimum: 1 } } } },
    ),
  },
  { requiredKeys: [] },
);

const bounded = { numRuns: 30 };

const models = [
  ...shipped.models.filter((model) => model.converse).map(({ id, family }) => ({ id, family })),
  { id: 'anthropic.claude-of-tomorrow', family: 'claude' },
  { id: 'nobody.knows', family: 'other' },
];

test('every family of the catalogue that Converse serves has a row, and every row a model', () => {
  expect(new Set(models.map((model) => model.family))).toEqual(new Set([...families, 'other']));
});

test.each(models)('whatever comes in, $id gets a request that is lawful for it', ({ id, family }) => {
  const info = infoOf(family, { id });
  fc.assert(
    fc.property(anyRequest, anyOptions, fc.boolean(), (request, options, stream) => {
      const call = callFor(info, request, options, { stream });
      const before = structuredClone(call.request);
      let fitted: ReturnType<typeof accommodate>;
      try {
        fitted = accommodate(call);
      } catch (error) {
        expect(error).toBeInstanceOf(ProxyError);
        expect(error).toMatchObject({ code: 'unsupported' });
        return;
      }
      expect(brokenLaws(fitted.request)).toEqual([]);
      expect(brokenRules(fitted.request, info.capabilities, fitted.streaming)).toEqual([]);
      expect(call.request).toEqual(before);
    }),
    bounded,
  );
});
