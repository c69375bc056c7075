import { capabilitiesOf } from '../../src/bedrock/models.ts';
import type { Call } from '../../src/converse/call.ts';
import { check } from '../../src/converse/check.ts';
import type { Capabilities, ModelInfo } from '../../src/converse/model.ts';
import type { Effort, ModelOptions } from '../../src/converse/options.ts';
import type { ConverseRequest } from '../../src/converse/request.ts';
import { aCall } from '../proxy/call-fixture.ts';

/** A model of a family as the catalogue would describe it. */
export function infoOf(family: string, more: Partial<ModelInfo> & { row?: Partial<Capabilities> } = {}): ModelInfo {
  const { row, ...info } = more;
  const id = more.id ?? `test.${family}`;
  return {
    id,
    name: id,
    provider: 'test',
    family,
    aliases: [],
    maxOutputTokens: 64_000,
    ...info,
    capabilities: { ...capabilitiesOf(family, id), ...row },
  };
}

/** A checked call as it reaches the upstream. */
export function callFor(
  info: ModelInfo,
  request: ConverseRequest,
  options: ModelOptions = {},
  more: { stream?: boolean; effort?: Effort } = {},
): Call {
  const target = { modelId: info.id, region: 'eu-central-1', info, known: true };
  return aCall({
    model: info.id,
    target: { ...target, ...(more.effort && { effort: more.effort }) },
    request: check(request, options).request,
    options,
    stream: more.stream ?? true,
  });
}
