import { isObject } from '../base/json.ts';
import type { ConverseBody } from './converse-body.ts';
import { converseShape } from './converse-shape.ts';
import { invalid, type Refusal } from './refusal.ts';
import { refuseShape } from './shape.ts';

/** A Converse request that has the service model's shape, or the service's words about the first fault in it. */
export function readConverse(body: unknown): { body: ConverseBody } | Refusal {
  if (
    isObject(body) &&
    isObject(body['toolConfig']) &&
    Array.isArray(body['toolConfig']['tools']) &&
    body['toolConfig']['tools'].length === 0
  )
    return invalid('The provided request is not valid');
  const refusal = refuseShape(body, converseShape, []);
  if (refusal) return refusal;
  // The shape table has just proved every member; TypeScript cannot see through it.
  const proved = body as Partial<ConverseBody> & Pick<ConverseBody, 'messages'>;
  return { body: { system: [], inferenceConfig: {}, additionalModelRequestFields: {}, ...proved } };
}
