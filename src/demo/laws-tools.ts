import { isObject, parsedJson } from '../base/json.ts';
import { blocksOf } from './converse-body.ts';
import type { Law } from './laws.ts';
import { invalid, refusedByModel } from './refusal.ts';
import { strictFault } from './strict-schema.ts';

const toolsKnown: Law = ({ body, family, streaming }) => {
  if (!body.toolConfig) return undefined;
  if (!family.tools) return invalid("This model doesn't support tool use.");
  if (streaming && !family.toolStreaming) return invalid("This model doesn't support tool use in streaming mode.");
  return undefined;
};

const toolConfigPresent: Law = ({ body }) => {
  if (body.toolConfig) return undefined;
  for (const { block } of blocksOf(body))
    if (block.toolUse || block.toolResult)
      return invalid('The toolConfig field must be defined when using toolUse and toolResult content blocks.');
  return undefined;
};

const namesDiffer: Law = ({ body }) => {
  const seen = new Set<string>();
  for (const { toolSpec } of body.toolConfig?.tools ?? []) {
    if (!toolSpec) continue;
    if (seen.has(toolSpec.name))
      return invalid(`The tool ${toolSpec.name} is already defined at toolConfig.tools. Tool names must be unique.`);
    seen.add(toolSpec.name);
  }
  return undefined;
};

const someToolIsThere: Law = ({ body }) => {
  const tools = body.toolConfig?.tools;
  return tools && !tools.some((tool) => tool.toolSpec || tool.systemTool)
    ? invalid('The provided request is not valid')
    : undefined;
};

/** Anthropic's own front: at the top of a schema only. */
const propertyNames: Law = ({ body, family }) => {
  if (family.vendor !== 'anthropic') return undefined;
  for (const [index, { toolSpec }] of (body.toolConfig?.tools ?? []).entries()) {
    const properties = toolSpec?.inputSchema.json['properties'];
    const names = isObject(properties) ? Object.keys(properties) : [];
    if (names.some((name) => !/^[a-zA-Z0-9_.-]{1,64}$/.test(name)))
      return refusedByModel(
        `tools.${index}.custom.input_schema.properties: Property keys should match pattern '^[a-zA-Z0-9_.-]{1,64}$'`,
      );
  }
  return undefined;
};

/** Nova's own front: a schema's top holds nothing else. */
const bareSchema: Law = ({ body, family }) => {
  if (family.vendor !== 'amazon') return undefined;
  for (const [index, { toolSpec }] of (body.toolConfig?.tools ?? []).entries()) {
    const keys = Object.keys(toolSpec?.inputSchema.json ?? {});
    const strange = keys.find((key) => !['type', 'properties', 'required'].includes(key));
    if (strange !== undefined)
      return refusedByModel(
        `Malformed input request: #/toolConfig/tools/${index}/toolSpec/inputSchema/json: extraneous key [${strange}] is not permitted, please reformat your input and try again.`,
      );
  }
  return undefined;
};

const schemaIsObject: Law = ({ body }) => {
  for (const [index, { toolSpec }] of (body.toolConfig?.tools ?? []).entries()) {
    if (!toolSpec) continue;
    const { json } = toolSpec.inputSchema;
    if (json['type'] !== 'object')
      return invalid(
        `The value at toolConfig.tools.${index}.toolSpec.inputSchema.json.type must be one of the following: object.`,
      );
    for (const union of ['anyOf', 'oneOf', 'allOf'])
      if (json[union] !== undefined)
        return refusedByModel(
          `tools.${index}.custom.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level`,
        );
    if (json['properties'] !== undefined && !isObject(json['properties']))
      return refusedByModel(`tools.${index}.custom.input_schema.properties: Input should be a valid dictionary`);
  }
  return undefined;
};

const strictTools: Law = ({ body, family }) => {
  for (const [index, { toolSpec }] of (body.toolConfig?.tools ?? []).entries()) {
    if (!toolSpec?.strict) continue;
    if (!family.strictTools) return refusedByModel(`tools.${index}.custom.strict: Extra inputs are not permitted`);
    const fault = strictFault(toolSpec.inputSchema.json);
    if (fault) return refusedByModel(`tools.${index}.custom: ${fault}`);
  }
  const strict = (body.toolConfig?.tools ?? []).filter((tool) => tool.toolSpec?.strict).length;
  return strict > 20
    ? refusedByModel(`Too many strict tools (${strict}). The maximum number of strict tools supported is 20.`)
    : undefined;
};

const textFormat: Law = ({ body, family }) => {
  const format = body.outputConfig?.textFormat;
  if (!format) return undefined;
  if (!family.textFormat) return refusedByModel('output_config.format: Extra inputs are not permitted');
  const schema = parsedJson(format.structure.jsonSchema.schema);
  if (!isObject(schema))
    return invalid('The value at outputConfig.textFormat.structure.jsonSchema.schema is not a valid JSON schema.');
  const fault = strictFault(schema);
  return fault ? refusedByModel(`output_config.format.schema: ${fault}`) : undefined;
};

const choice: Law = ({ body, family, thinks }) => {
  const { tools = [], toolChoice } = body.toolConfig ?? {};
  const kind = toolChoice?.tool ? 'tool' : toolChoice?.any ? 'any' : undefined;
  if (kind === undefined) return undefined;
  if (family.forced === 'never')
    return refusedByModel('tool_choice: type "tool" and "any" are not supported for this model.');
  if (!family.toolChoice.includes(kind))
    return invalid(
      `This model doesn't support the toolConfig.toolChoice.${kind} field. Remove toolConfig.toolChoice.${kind} and try again.`,
    );
  const name = toolChoice?.tool?.name;
  if (name !== undefined && !tools.some((tool) => tool.toolSpec?.name === name || tool.systemTool?.name === name))
    return refusedByModel(`Tool '${name}' not found in provided tools`);
  if (thinks && family.forced === 'without-thinking')
    return refusedByModel('Thinking may not be enabled when tool_choice forces tool use.');
  return undefined;
};

/** What may be said of tools, and asked of them. */
export const toolLaws: readonly Law[] = [
  toolConfigPresent,
  toolsKnown,
  someToolIsThere,
  namesDiffer,
  schemaIsObject,
  bareSchema,
  propertyNames,
  strictTools,
  textFormat,
  choice,
];
