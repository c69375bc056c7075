/** A text from outside as it may be shown again, in an error or on a terminal: short, and in plain characters. */
export const shownText = (text: string): string => text.slice(0, 100).replaceAll(/[^\x20-\x7e]/g, '?');
