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
  /** How many characters of the content are shown thinking. */
  shown(): number;
};

/** Thinking as chunks: readable as it comes, then whole with its signature in the fields that carry it back. */
export function thoughtChunks(shape: AnswerShape): ThoughtChunks {
  const marks = shape.thinking && 'open' in shape.thinking ? shape.thinking : undefined;
  const field = marks ? 'content' : shape.thinking && 'field' in shape.thinking ? shape.thinking.field : undefined;
  let text = '';
  let signature: string | undefined;
  let count = 0;
  let shown = 0;

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
    count++;
    const members = carriers({ reasoningText: { text, signature } }, place);
    return closing + pen.fields(shape.copilot ? { ...members, reasoning_opaque: signature } : members);
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
    redacted: (pen, data, place) => {
      count++;
      return pen.fields(carriers({ redactedContent: data }, place));
    },
    count: () => count,
    shown: () => shown,
  };
}
