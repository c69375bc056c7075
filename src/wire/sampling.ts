import type { InferenceConfig } from '../converse/request.ts';
import type { Adaptations } from './adaptations.ts';

export type Sampling = {
  maxTokens?: number | null | undefined;
  temperature?: number | null | undefined;
  topP?: number | null | undefined;
  stops?: readonly string[] | null | undefined;
};

/** A client's sampling wishes within Converse's limits; what the model at hand refuses is `bedrock/accommodate`'s business. */
export function inferenceConfig(
  { maxTokens, temperature, topP, stops }: Sampling,
  adapt: Adaptations,
): InferenceConfig {
  if (typeof temperature === 'number' && temperature > 1) {
    adapt.changed('temperature clamped to 1', 'Converse takes 0 to 1 (case 43).');
  }
  const stopSequences = (stops ?? []).filter((stop) => stop.trim() !== '');
  if (stopSequences.length < (stops?.length ?? 0)) {
    adapt.changed('blank stop sequences dropped', 'Bedrock refuses stop sequences of white space.');
  }
  return {
    ...(maxTokens ? { maxTokens } : {}),
    ...(typeof temperature === 'number' ? { temperature: Math.min(temperature, 1) } : {}),
    ...(typeof topP === 'number' ? { topP } : {}),
    ...(stopSequences.length > 0 ? { stopSequences } : {}),
  };
}
