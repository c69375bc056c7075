import type { ConverseRequest, Message, ServiceTier, SystemBlock, ToolConfig } from '../converse/request.ts';

type Parts = {
  messages: Message[];
  system?: SystemBlock[] | undefined;
  inference?: ConverseRequest['inferenceConfig'];
  toolConfig?: ToolConfig | undefined;
  metadata?: Record<string, string> | undefined;
  tier?: ServiceTier | undefined;
};

/** A request of the parts that were translated; what is empty is left out, because the service refuses empty members. */
export function converseRequest({ messages, system, inference, toolConfig, metadata, tier }: Parts): ConverseRequest {
  return {
    messages,
    ...(system && system.length > 0 ? { system } : {}),
    ...(inference && Object.keys(inference).length > 0 ? { inferenceConfig: inference } : {}),
    ...(toolConfig ? { toolConfig } : {}),
    ...(metadata ? { requestMetadata: metadata } : {}),
    ...(tier ? { serviceTier: { type: tier } } : {}),
  };
}
