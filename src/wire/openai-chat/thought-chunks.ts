import type { ReasoningBlock } from '../../converse/request.ts';
import { sealReasoning, type Thought } from '../reasoning-envelope.ts';
import type { AnswerShape } from './answer-shape.ts';
import type { ChunkPen } from './chunk-pen.ts';
import { carriers } from './reasoning.ts';

export type ThoughtChunks = {
  open(): void;
  delta(pen: ChunkPen, text: string): string;
  sign(signature: string): void;
  /** `place`: how many other blocks of the message stand before this thought. */
  close(pen: ChunkPen, place: number): string;
  redacted(pen: ChunkPen, data: string, place: number): string;
  /** How many thoughts were given in a form that comes back. */
  count(): number;
  /** The thoughts since this was last asked: those that stand before the call that opens now. */
  take(): readonly Thought[];
  /** How many characters of the content are shown thinking. */
  shown(): number;
};

/** Thinking as chunks: readable as it comes, then whole with its signature in the fields that carry it back. */
export function thoughtChunks(shape: AnswerShape): ThoughtChunks {
  const marks = shape.thinking && 'open' in shape.thinking ? shape.thinking : undefined;
  const field = marks ? 'content' : shape.thinking && 'field' in shape.thinking ? shape.thinking.field : undefined;
  let text = '';
  let signature: string | undefined;
  let shown = 0;
  const signed: Thought[] = [];
  let taken = 0;

  /** Clients that keep one opaque string keep the last, so each holds all that came before. */
  const carry = (pen: ChunkPen, block: ReasoningBlock, place: number): string => {
    signed.push({ block, place });
    const members = carriers(block, place);
    return pen.fields(shape.copilot ? { ...members, reasoning_opaque: sealReasoning(signed) } : members);
  };

  const write = (pen: ChunkPen, piece: string): string => {
    if (field === undefined) return '';
    if (marks) shown += piece.length;
    return `${pen.head}"${field}":${JSON.stringify(piece)}${pen.tail}`;
  };

  const delta = (pen: ChunkPen, piece: string): string => {
    if (piece === '') return '';
    const opening = marks && text === '' ? write(pen, marks.open) : '';
    text += piece;
    return opening + write(pen, piece);
  };

  const close = (pen: ChunkPen, place: number): string => {
    const closing = marks && text !== '' ? write(pen, marks.close) : '';
    if (signature === undefined) return closing;
    return closing + carry(pen, { reasoningText: { text, signature } }, place);
  };

  return {
    open: () => {
      text = '';
      signature = undefined;
    },
    delta,
    sign: (piece) => {
      signature = (signature ?? '') + piece;
    },
    close,
    redacted: (pen, data, place) => carry(pen, { redactedContent: data }, place),
    count: () => signed.length,
    take: () => {
      const fresh = signed.slice(taken);
      taken = signed.length;
      return fresh;
    },
    shown: () => shown,
  };
}
