import { type Document, isMap, isSeq, parseDocument } from 'yaml';
import type { Edit } from './client.ts';

/** The file's value; undefined when it is not YAML. */
export function readYaml(text: string): unknown {
  const document = parseDocument(text);
  return document.errors.length > 0 ? undefined : (document.toJS() ?? {});
}

/** Sets the values; comments, blank lines, the order of the rest and Windows line ends stay. */
export function editYaml(text: string, edits: readonly Edit[]): string {
  const document = parseDocument(text.replaceAll('\r\n', '\n'));
  for (const edit of edits) {
    if ('item' in edit) putItem(document, edit);
    else document.setIn(edit.at, document.createNode(edit.value));
  }
  const edited = document.toString({ lineWidth: 0 });
  return text.includes('\r\n') ? edited.replaceAll('\n', '\r\n') : edited;
}

function putItem(document: Document, { at, item, key }: Extract<Edit, { item: unknown }>): void {
  const list = document.getIn(at);
  const node = document.createNode(item);
  if (!isSeq(list)) {
    document.setIn(at, document.createNode([item]));
    return;
  }
  const index = list.items.findIndex((other) => isMap(other) && other.get(key) === item[key]);
  if (index === -1) list.add(node);
  else list.set(index, node);
}
