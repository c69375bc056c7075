import type { Change } from '../../converse/changes.ts';
import { report } from '../../converse/notes.ts';
import type { ReasoningDisplay } from '../format.ts';

/** How thinking is written into the content for clients that show nothing else (case 112). */
export const displayMarks = {
  think: { open: '<think>\n', close: '\n</think>\n\n' },
  details: { open: '<details>\n<summary>Thinking</summary>\n\n', close: '\n\n</details>\n\n' },
} as const;

/** What opens and closes a block; blanks behind it belong to it. */
type Marks = { open: string; close: string };

const ours: Record<keyof typeof displayMarks, Marks> = {
  think: { open: displayMarks.think.open, close: '\n</think>' },
  details: { open: displayMarks.details.open, close: '\n</details>' },
};

/**
 * Takes thinking that was shown as text out of an answer that comes back as history: our own display blocks, an unclosed
 * one only at the very start, and Open WebUI's. As plain text it would teach the model to write its thoughts into answers.
 */
export function stripDisplay(text: string, display: ReasoningDisplay, changes: Change[]): string {
  if (!text.includes('<think>') && !text.includes('<details')) return text;
  const shown = display === 'think' || display === 'details' ? withoutBlocks(text, ours[display]) : text;
  const kept = withoutOpenWebUi(withoutOpening(shown));
  if (kept === text) return text;
  report(changes, {
    what: 'displayed thinking dropped',
    why: 'The client sent thinking back as text of the answer; the model takes back only what it signed.',
  });
  return kept;
}

/** Where the block ends that opens at this place; -1 when nothing closes it. */
function endOf(text: string, at: number, { open, close }: Marks): number {
  const end = text.indexOf(close, at + open.length);
  return end === -1 ? -1 : behindBlanks(text, end + close.length);
}

function behindBlanks(text: string, at: number): number {
  let end = at;
  while (/\s/.test(text.charAt(end))) end++;
  return end;
}

/** Without all blocks of one kind, and without one at the start that is not closed. */
function withoutBlocks(text: string, marks: Marks): string {
  let kept = '';
  let from = 0;
  for (let at = text.indexOf(marks.open); at !== -1; at = text.indexOf(marks.open, from)) {
    const end = endOf(text, at, marks);
    if (end === -1 && at === 0) return '';
    if (end === -1) break; // nor is any later one
    kept += text.slice(from, at);
    from = end;
  }
  return kept + text.slice(from);
}

/** Without the blocks that an answer opened with while the setting was another one. */
function withoutOpening(text: string): string {
  let from = 0;
  for (;;) {
    const marks = [ours.think, ours.details].find(({ open }) => text.startsWith(open, from));
    const end = marks ? endOf(text, from, marks) : -1;
    if (end === -1) return text.slice(from);
    from = end;
  }
}

const webUiOpen = '<details';
const webUiClose = '</details>';

/** Open WebUI keeps thinking in the message as such a block and sends it back; the text in it is quoted and escaped. */
function withoutOpenWebUi(text: string): string {
  let kept = '';
  let from = 0;
  let close = text.indexOf(webUiClose);
  for (let at = text.indexOf(webUiOpen); at !== -1 && close !== -1; at = text.indexOf(webUiOpen, at + 1)) {
    if (at < from || (at > 0 && text[at - 1] !== '\n')) continue;
    const head = openTag(text, at);
    if (head === undefined) continue;
    if (close < at + head.length) close = text.indexOf(webUiClose, at + head.length);
    if (close === -1) break;
    kept += text.slice(from, at);
    from = behindBlanks(text, close + webUiClose.length);
  }
  return kept + text.slice(from);
}

/** The tag at this place, when it is one of Open WebUI's for thinking and ends on its line. */
function openTag(text: string, at: number): string | undefined {
  const tag = /<details\b[^>\n]*>/y;
  tag.lastIndex = at;
  const head = tag.exec(text)?.[0];
  return head !== undefined && /\btype="reasoning"/.test(head) ? head : undefined;
}
