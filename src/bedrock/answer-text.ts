const wrapper = /^\s*\{\s*"properties"\s*:\s*(?=\{)/;
/** Could still become the wrapper: every beginning of it. */
const beginning = /^\s*(?:\{\s*(?:"(?:p(?:r(?:o(?:p(?:e(?:r(?:t(?:i(?:e(?:s(?:"\s*(?::\s*)?)?)?)?)?)?)?)?)?)?)?)?)?)?$/;

/**
 * Streams an answer tool's input as the answer's text. Models sometimes wrap it the way the schema is written,
 * `{"properties":{…}}`: then the inner object is given out (case 65), unless the schema has such a property itself.
 * A call without input is `{}`.
 */
export function answerText(ownProperties: boolean): { push(text: string): string; end(): string } {
  let state: 'head' | 'plain' | 'wrapped' = ownProperties ? 'plain' : 'head';
  let kept = '';
  let any = false;

  /** Keeps closing brackets back: the last of them belongs to the wrapper. */
  const pass = (text: string): string => {
    const all = kept + text;
    const body = all.replace(/[\s}]*$/, '');
    kept = all.slice(body.length);
    return body;
  };

  return {
    push(text) {
      if (text !== '') any = true;
      if (state === 'plain') return text;
      if (state === 'wrapped') return pass(text);
      kept += text;
      if (beginning.test(kept)) return '';
      const head = kept;
      kept = '';
      const match = wrapper.exec(head);
      state = match ? 'wrapped' : 'plain';
      return match ? pass(head.slice(match[0].length)) : head;
    },
    end() {
      if (!any) return '{}';
      if (state === 'wrapped') return kept.slice(0, Math.max(0, kept.lastIndexOf('}'))).trimEnd();
      return kept;
    },
  };
}
