import type { Settings } from '../config/schema.ts';
import type { BedrockWishes } from '../http/bedrock-wishes.ts';
import type { ServeSettings } from '../http/serve.ts';

/** The settings that answering a request needs. */
export function serveSettings({ limits, timeouts, media, reasoning, strict, bedrock }: Settings): ServeSettings {
  return {
    limits: { bodyBytes: limits.bodyBytes, jsonDepth: limits.jsonDepth, bodyMs: timeouts.body * 1000 },
    holdMs: timeouts.hold * 1000,
    heartbeatMs: timeouts.heartbeat * 1000,
    reasoningDisplay: reasoning.display,
    strict,
    remoteMedia: media.remote,
    wishes: wishesOf(bedrock),
  };
}

/** What is the same as saying nothing is not said: some models refuse the word. */
function wishesOf({ guardrail, guardrailVersion, ...wishes }: Settings['bedrock']): BedrockWishes {
  const { guardrailStream, serviceTier, latency, metadata } = wishes;
  return {
    ...(serviceTier === 'default' ? {} : { serviceTier }),
    ...(latency === 'standard' ? {} : { latency }),
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
    ...(guardrail !== undefined && {
      guardrail: {
        guardrailIdentifier: guardrail,
        guardrailVersion,
        ...(guardrailStream === 'async' ? { streamProcessingMode: guardrailStream } : {}),
      },
    }),
  };
}
