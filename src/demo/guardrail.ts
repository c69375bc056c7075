import { isObject } from '../base/json.ts';
import { invalid, type Refusal } from './refusal.ts';

/** ApplyGuardrail with one rule: a text that holds the word `demo-blocked` is stopped. */
export function applyGuardrail(body: unknown): Record<string, unknown> | Refusal {
  if (!isObject(body) || !Array.isArray(body['content']) || (body['source'] !== 'INPUT' && body['source'] !== 'OUTPUT'))
    return invalid(
      "1 validation error detected: Value at 'content' failed to satisfy constraint: Member must not be null",
    );
  const texts = body['content'].flatMap((block: unknown) =>
    isObject(block) && isObject(block['text']) ? [String(block['text']['text'])] : [],
  );
  const blocked = texts.some((text) => text.includes('demo-blocked'));
  const characters = texts.join('').length;
  return {
    usage: {
      topicPolicyUnits: 0,
      contentPolicyUnits: 0,
      wordPolicyUnits: 1,
      sensitiveInformationPolicyUnits: 0,
      sensitiveInformationPolicyFreeUnits: 0,
      contextualGroundingPolicyUnits: 0,
    },
    action: blocked ? 'GUARDRAIL_INTERVENED' : 'NONE',
    outputs: blocked ? [{ text: 'Sorry, the demo guardrail stopped this text.' }] : [],
    assessments: blocked
      ? [{ wordPolicy: { customWords: [{ match: 'demo-blocked', action: 'BLOCKED' }], managedWordLists: [] } }]
      : [],
    guardrailCoverage: { textCharacters: { guarded: characters, total: characters } },
  };
}
