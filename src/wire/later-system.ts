import type { Change } from '../converse/changes.ts';
import type { ContentBlock } from '../converse/request.ts';

const change: Change = {
  what: 'later system messages moved to user turns',
  why: 'Bedrock takes the system prompt at the top only.',
};

/** Models know one system prompt, at the top: what comes later speaks in the next user turn, marked (case 13). */
export function laterSystem(blocks: readonly ContentBlock[], changes: Change[]): ContentBlock[] {
  if (!changes.some(({ what }) => what === change.what)) changes.push(change);
  return blocks.map((block) =>
    'text' in block ? { text: `<system-message>\n${block.text}\n</system-message>` } : block,
  );
}
