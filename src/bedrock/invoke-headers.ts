import type { ConverseRequest } from '../converse/request.ts';

/** The members of a Converse request that InvokeModel takes as headers (API reference, InvokeModel). */
export function invokeHeaders(
  request: Pick<ConverseRequest, 'guardrailConfig' | 'performanceConfig' | 'serviceTier' | 'requestMetadata'>,
): Record<string, string> {
  const { guardrailConfig, performanceConfig, serviceTier, requestMetadata } = request;
  const headers: Record<string, string> = {};
  if (guardrailConfig) {
    headers['x-amzn-bedrock-guardrailidentifier'] = guardrailConfig.guardrailIdentifier;
    headers['x-amzn-bedrock-guardrailversion'] = guardrailConfig.guardrailVersion;
    // Converse spells it in lower case, InvokeModel in upper.
    if (guardrailConfig.trace) headers['x-amzn-bedrock-trace'] = guardrailConfig.trace.toUpperCase();
  }
  if (performanceConfig) headers['x-amzn-bedrock-performanceconfig-latency'] = performanceConfig.latency;
  if (serviceTier) headers['x-amzn-bedrock-service-tier'] = serviceTier.type;
  if (requestMetadata) headers['x-amzn-bedrock-request-metadata'] = JSON.stringify(requestMetadata);
  return headers;
}
