/** The beginning of an answer up to its first pause, so that a line of the terminal ends where a thought does. */
export const firstClause = (text: string): string =>
  /^.{12,90}?[.!?,;](?=\s|$)/.exec(text)?.[0].replace(/[,;]$/, '…') ?? text;
