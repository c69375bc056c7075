import type { Capabilities } from '../../src/converse/model.ts';
import type { ContentBlock, ConverseRequest, Message } from '../../src/converse/request.ts';

/*
 * The laws of Converse, written down a second time and apart from the code that repairs requests.
 * Each function gives one sentence per broken law.
 */

const idPattern = /^[a-zA-Z0-9_.:-]{1,64}$/;
const namePattern = /^[a-zA-Z0-9_-]{1,64}$/;
const documentName = /^[A-Za-z0-9 \-()[\]]{1,200}$/;

/** What every model demands. Tool names are the models' affair: they change only when a request is fitted to one. */
export function brokenLaws(request: ConverseRequest): string[] {
  return [
    ...turnLaws(request.messages),
    ...toolLaws(request),
    ...mediaLaws(request.messages),
    ...cacheLaws(request),
    ...fieldLaws(request),
  ];
}

function turnLaws(messages: readonly Message[]): string[] {
  const broken: string[] = [];
  if (messages.length === 0) broken.push('there is no message');
  messages.forEach((message, at) => {
    if (messages[at + 1]?.role === message.role) broken.push(`messages ${at} and ${at + 1} have one role`);
    if (message.content.length === 0) broken.push(`message ${at} is empty`);
    const signed = message.content.some((block) => 'reasoningContent' in block);
    for (const block of message.content) {
      if ('text' in block && block.text.trim() === '' && !signed) broken.push(`message ${at} has blank text`);
      const key = Object.keys(block)[0] ?? '';
      if (!allowed[message.role].includes(key)) broken.push(`message ${at}: ${key} in a ${message.role} turn`);
    }
  });
  return broken;
}

const allowed = {
  user: ['text', 'image', 'document', 'audio', 'video', 'toolResult', 'cachePoint', 'guardContent', 'searchResult'],
  assistant: ['text', 'toolUse', 'reasoningContent', 'cachePoint', 'citationsContent'],
  system: ['text', 'cachePoint'],
};

function toolLaws(request: ConverseRequest): string[] {
  const broken: string[] = [];
  const seen = new Set<string>();
  let pending: string[] = [];
  request.messages.forEach((message, at) => {
    const results = message.content.flatMap((block) => ('toolResult' in block ? [block.toolResult] : []));
    if ([...results.map((result) => result.toolUseId)].sort().join() !== [...pending].sort().join())
      broken.push(`message ${at} does not answer the calls before it`);
    const other = message.content.findIndex((block) => !('toolResult' in block) && !('cachePoint' in block));
    const last = message.content.findLastIndex((block) => 'toolResult' in block);
    if (other !== -1 && other < last) broken.push(`message ${at}: results are not first`);
    for (const result of results) {
      if (result.content.length === 0) broken.push('an empty tool result');
      if (result.content.some((item) => 'text' in item && item.text.trim() === '')) broken.push('a blank tool result');
      if (result.content.some((item) => 'json' in item)) broken.push('a tool result in JSON');
    }
    pending = [];
    for (const block of message.content) {
      if (!('toolUse' in block)) continue;
      const { toolUseId, input } = block.toolUse;
      if (!idPattern.test(toolUseId)) broken.push(`illegal id ${toolUseId}`);
      if (seen.has(toolUseId)) broken.push(`id ${toolUseId} twice`);
      if (typeof input !== 'object' || input === null || Array.isArray(input)) broken.push('an input is no object');
      seen.add(toolUseId);
      pending.push(toolUseId);
    }
  });
  if (pending.length > 0) broken.push('the last calls have no results');
  if (seen.size > 0 && !request.toolConfig) broken.push('tool blocks without toolConfig');
  return [...broken, ...specLaws(request)];
}

function specLaws({ toolConfig }: ConverseRequest): string[] {
  if (!toolConfig) return [];
  const specs = toolConfig.tools.flatMap((tool) => ('toolSpec' in tool ? [tool.toolSpec] : []));
  const broken: string[] = [];
  if (toolConfig.tools.every((tool) => 'cachePoint' in tool)) broken.push('toolConfig without tools');
  if (new Set(specs.map((spec) => spec.name)).size < specs.length) broken.push('a tool name stands twice');
  for (const { description, inputSchema } of specs) {
    if (description?.trim() === '') broken.push('a blank description');
    const { type, anyOf, oneOf, allOf } = inputSchema.json;
    if (type !== 'object') broken.push('a schema is no object at the top');
    if (anyOf !== undefined || oneOf !== undefined || allOf !== undefined) broken.push('a union at the top');
    if (/"\$ref":"/.test(JSON.stringify(inputSchema.json))) broken.push('a reference in a schema');
  }
  const choice = toolConfig.toolChoice;
  if (choice && 'tool' in choice && !specs.some((spec) => spec.name === choice.tool.name))
    broken.push('the chosen tool does not exist');
  return broken;
}

function mediaLaws(messages: readonly Message[]): string[] {
  const broken: string[] = [];
  const names: string[] = [];
  let media = 0;
  for (const message of messages) {
    const documents = message.content.filter((block) => 'document' in block);
    if (documents.length > 5) broken.push('more than 5 documents in a turn');
    if (documents.length > 0 && !message.content.some((block) => 'text' in block))
      broken.push('a document without text beside it');
    const inside = message.content.flatMap((block) => ('toolResult' in block ? block.toolResult.content : []));
    for (const block of [...message.content, ...inside]) {
      if ('image' in block) media++;
      if ('document' in block) {
        media++;
        names.push(block.document.name);
      }
    }
  }
  if (media > 20) broken.push('more than 20 images and documents');
  if (new Set(names).size < names.length) broken.push('two documents have one name');
  for (const name of names) if (!documentName.test(name) || / {2}/.test(name)) broken.push(`document name "${name}"`);
  return broken;
}

function cacheLaws(request: ConverseRequest): string[] {
  const broken: string[] = [];
  const ttls: string[] = [];
  const lists: object[][] = [
    request.toolConfig?.tools ?? [],
    request.system ?? [],
    ...request.messages.map((message) => message.content),
  ];
  for (const list of lists) {
    list.forEach((block, at) => {
      if (!('cachePoint' in block)) return;
      const before = list[at - 1] as ContentBlock | undefined;
      if (!before || 'cachePoint' in before) broken.push('a cache point behind nothing');
      else if ('reasoningContent' in before) broken.push('a cache point behind reasoning');
      else if ('document' in before && 'text' in before.document.source)
        broken.push('a cache point behind a text document');
      ttls.push((block.cachePoint as { ttl?: string }).ttl ?? '5m');
    });
  }
  if (ttls.length > 4) broken.push('more than 4 cache points');
  if (ttls.join(' ').includes('5m 1h')) broken.push('a longer cache time after a shorter one');
  return broken;
}

function fieldLaws(request: ConverseRequest): string[] {
  const broken: string[] = [];
  const { maxTokens, temperature, topP, stopSequences } = request.inferenceConfig ?? {};
  if (maxTokens !== undefined && !(Number.isInteger(maxTokens) && maxTokens >= 1)) broken.push('maxTokens');
  for (const share of [temperature, topP])
    if (share !== undefined && !(share >= 0 && share <= 1)) broken.push('sampling');
  if (stopSequences && (stopSequences.length === 0 || stopSequences.length > 2500 || stopSequences.includes('')))
    broken.push('stop sequences');
  if (request.system?.some((block) => 'text' in block && block.text.trim() === '')) broken.push('blank system text');
  if (request.system?.every((block) => 'cachePoint' in block)) broken.push('a system prompt without text');
  const pairs = request.requestMetadata && Object.entries(request.requestMetadata);
  if (pairs && (pairs.length < 1 || pairs.length > 16)) broken.push('metadata pairs');
  for (const [key, value] of pairs ?? [])
    if (!/^[a-zA-Z0-9\s:_@$#=/+,\-.]{1,256}$/.test(key) || !/^[a-zA-Z0-9\s:_@$#=/+,\-.]{0,256}$/.test(value))
      broken.push('metadata characters');
  return broken;
}

/** What one row demands of a request on top of the service's own laws. */
export function brokenRules(request: ConverseRequest, row: Capabilities, streaming: boolean): string[] {
  const broken: string[] = [];
  const { messages, inferenceConfig: inference = {}, toolConfig, system } = request;
  const fields = request.additionalModelRequestFields ?? {};
  const blocks = messages.flatMap((message) => message.content);
  const thinking = 'thinking' in fields && JSON.stringify(fields['thinking']).match(/enabled|adaptive|between/);
  if (!row.assistantFirst && messages[0]?.role !== 'user') broken.push('the first turn is not the user’s');
  if (!row.prefill && messages.at(-1)?.role === 'assistant') broken.push('the last turn is the assistant’s');
  if (!row.systemPrompt && system) broken.push('a system prompt');
  if (!row.systemMessages && messages.some((message) => message.role === 'system')) broken.push('a system turn');
  const both = inference.temperature !== undefined && inference.topP !== undefined;
  if (row.sampling === 'either' && both) broken.push('temperature and topP');
  const any = inference.temperature !== undefined || inference.topP !== undefined || 'top_k' in fields;
  if (row.sampling === 'none' && any) broken.push('sampling');
  if (thinking && any) broken.push('sampling with thinking');
  for (const tool of row.plainProperties ? (toolConfig?.tools ?? []) : []) {
    const properties = 'toolSpec' in tool ? Object(tool.toolSpec.inputSchema.json['properties']) : {};
    for (const name in properties) if (!/^[a-zA-Z0-9_.-]{1,64}$/.test(name)) broken.push(`the property ${name}`);
  }
  if (!row.stopSequences && inference.stopSequences) broken.push('stop sequences');
  if (!row.tools && (toolConfig || blocks.some((block) => 'toolUse' in block))) broken.push('tools');
  if (!row.toolStreaming && toolConfig && streaming) broken.push('tools in a stream');
  const choice = Object.keys(toolConfig?.toolChoice ?? { auto: {} })[0] as 'auto' | 'any' | 'tool';
  if (choice !== 'auto' && !row.toolChoice.includes(choice)) broken.push(`toolChoice ${choice}`);
  if (choice !== 'auto' && thinking && row.reasoning && !row.reasoning.forcedToolChoice)
    broken.push('forced choice with thinking');
  for (const tool of toolConfig?.tools ?? []) {
    if (!('toolSpec' in tool)) continue;
    if (!namePattern.test(tool.toolSpec.name)) broken.push(`tool name ${tool.toolSpec.name}`);
    if (row.toolNames === 'hyphenless' && tool.toolSpec.name.includes('-')) broken.push('a hyphen in a tool name');
    if (!row.strictTools && tool.toolSpec.strict !== undefined) broken.push('strict tool');
  }
  for (const message of messages) broken.push(...besideResult(message, row));
  for (const block of blocks) broken.push(...blockRules(block, row));
  const points = JSON.stringify(request).includes('"cachePoint"');
  if (!row.promptCaching && points) broken.push('a cache point');
  if (!row.structuredOutput && request.outputConfig?.textFormat) broken.push('native structured output');
  return broken;
}

function besideResult(message: Message, row: Capabilities): string[] {
  if (!message.content.some((block) => 'toolResult' in block)) return [];
  const beside: readonly string[] = [...row.besideToolResult, 'toolResult', 'cachePoint'];
  return message.content
    .flatMap((block) => Object.keys(block))
    .filter((kind) => !beside.includes(kind))
    .map((kind) => `${kind} beside toolResult`);
}

function blockRules(block: ContentBlock, row: Capabilities): string[] {
  if ('toolUse' in block && row.toolIds === 'nine' && !/^[a-zA-Z0-9]{9}$/.test(block.toolUse.toolUseId))
    return ['a tool id that is not nine characters'];
  if ('toolUse' in block && !namePattern.test(block.toolUse.name)) return ['a tool name in the history'];
  if ('image' in block && !row.images) return ['an image'];
  if ('document' in block && !row.documents) return ['a document'];
  if ('audio' in block && !row.audio) return ['audio'];
  if ('video' in block && !row.video) return ['video'];
  if ('toolResult' in block) {
    if (block.toolResult.status && !row.toolResultStatus) return ['a tool result status'];
    if (block.toolResult.content.some((item) => 'image' in item) && !row.toolResultMedia.includes('image'))
      return ['an image in a tool result'];
  }
  if ('reasoningContent' in block) {
    const replay = row.reasoning ? row.reasoning.replay : 'never';
    if (replay === 'never') return ['reasoning'];
    if (replay === 'redacted' && !('redactedContent' in block.reasoningContent)) return ['reasoning text'];
    const signed = 'reasoningText' in block.reasoningContent && block.reasoningContent.reasoningText.signature;
    if (replay === 'plain' && signed) return ['a signature'];
    if (replay === 'signed' && 'reasoningText' in block.reasoningContent && !signed) return ['unsigned reasoning'];
  }
  return [];
}
