import type { Change } from '../converse/changes.ts';
import { report } from '../converse/notes.ts';
import type { InferenceConfig } from '../converse/request.ts';

export type Sampling = {
  maxTokens?: number | null | undefined;
  temperature?: number | null | undefined;
  topP?: number | null | undefined;
  stops?: readonly string[] | null | undefined;
};

/** A client's sampling wishes within Converse's limits; what the model at hand refuses is `bedrock/accommodate`'s business. */
export function samplingConfig({ maxTokens, temperature, topP, stops }: Sampling, changes: Change[]): InferenceConfig {
  if (typeof temperature === 'number' && temperature > 1) {
    report(changes, { what: 'temperature clamped to 1', why: 'Converse takes 0 to 1 (case 43).' });
  }
  return {
    ...(maxTokens ? { maxTokens } : {}),
    ...(typeof temperature === 'number' ? { temperature: Math.min(temperature, 1) } : {}),
    ...(typeof topP === 'number' ? { topP } : {}),
    ...(stops?.length ? { stopSequences: [...stops] } : {}),
  };
}
