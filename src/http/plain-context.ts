import type { FormatContext } from '../wire/format.ts';

/** What a format is told where no client asked for anything: no headers, no wishes. */
export const plainContext: FormatContext = {
  flavour: 'plain',
  header: () => undefined,
  reasoningDisplay: 'reasoning_content',
  strict: false,
};
