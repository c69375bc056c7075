import type { ContentBlock, DocumentBlock, ToolResultContent } from '../converse/request.ts';
import { rewriteList } from '../converse/rewrite-list.ts';
import type { Draft } from './draft.ts';

/**
 * Words of a document that are to be cited travel as text, all others as the bytes of a file. Bedrock refuses text and
 * chunks where citations are off ("DocumentSource object at messages.0.content.0…", strands-agents/harness-sdk#2135), and
 * takes a cited text file's bytes for a PDF ("The PDF specified was not valid", boto/boto3#4726). Nothing of it is lost.
 */
export function fitDocumentSources(draft: Draft): void {
  const messages = rewriteList(draft.request.messages, (message) => {
    const content = rewriteList(message.content, fitBlock);
    return content === message.content ? message : { role: message.role, content };
  });
  if (messages !== draft.request.messages) draft.request = { ...draft.request, messages };
}

function fitBlock(block: ContentBlock): ContentBlock {
  if ('document' in block) return fitDocument(block);
  if (!('toolResult' in block)) return block;
  const content = rewriteList(
    block.toolResult.content,
    (item): ToolResultContent => ('document' in item ? fitDocument(item) : item),
  );
  return content === block.toolResult.content ? block : { toolResult: { ...block.toolResult, content } };
}

function fitDocument(block: { document: DocumentBlock }): { document: DocumentBlock } {
  const { document } = block;
  const { source, format = 'txt' } = document;
  if (document.citations?.enabled) {
    if (format !== 'txt' || !('bytes' in source)) return block;
    return { document: { ...document, source: { text: Buffer.from(source.bytes, 'base64').toString('utf8') } } };
  }
  if ('bytes' in source || 's3Location' in source) return block;
  const text = 'text' in source ? source.text : source.content.map((part) => part.text).join('\n');
  return { document: { ...document, format, source: { bytes: Buffer.from(text).toString('base64') } } };
}
