import type { Event } from '../converse/events.ts';
import { answerText } from './answer-text.ts';

export type AnswerTool = { name: string; ownProperties: boolean };

type Restorer = (batch: readonly Event[]) => readonly Event[];

/** Gives tool calls back the names that the client knows. */
export function restoreNames(names: ReadonlyMap<string, string>): Restorer {
  return (batch) =>
    batch.map((event) => {
      if (event.type !== 'open' || event.block.kind !== 'tool') return event;
      const name = names.get(event.block.name);
      return name === undefined ? event : { ...event, block: { ...event.block, name } };
    });
}

/**
 * Turns the answer tool's call into text as it streams. Text that the model wrote before the call is held back, because
 * a client parses the whole content as JSON; it is given out when no such call comes (case 65).
 */
export function restoreAnswer(tool: AnswerTool): Restorer {
  let held: Event[] = [];
  let index = 0;
  let answering: { at: number; text: ReturnType<typeof answerText> } | undefined;
  let answered = false;
  let otherTools = false;
  const places = new Map<number, number>();

  const placed = (event: Event): Event => {
    if (!('index' in event)) return event;
    let place = places.get(event.index);
    if (place === undefined) {
      place = index++;
      places.set(event.index, place);
    }
    return { ...event, index: place };
  };
  const release = (out: Event[]): void => {
    for (const event of held) out.push(placed(event));
    held = [];
  };
  let holding = -1;

  const restore = (event: Event, out: Event[]): void => {
    switch (event.type) {
      case 'open':
        if (event.block.kind === 'tool' && event.block.name === tool.name && !answered) {
          held = [];
          answered = true;
          answering = { at: event.index, text: answerText(tool.ownProperties) };
          out.push(placed({ ...event, block: { kind: 'text' } }));
        } else if (event.block.kind === 'text') {
          holding = event.index;
          held.push(event);
        } else {
          if (event.block.kind === 'tool') {
            otherTools = true;
            release(out);
          }
          out.push(placed(event));
        }
        return;
      case 'delta':
        if (answering?.at === event.index) {
          const text = answering.text.push(event.text);
          if (text !== '') out.push(placed({ ...event, kind: 'text', text }));
        } else if (holding === event.index) held.push(event);
        else out.push(placed(event));
        return;
      case 'close':
        if (answering?.at === event.index) {
          const text = answering.text.end();
          if (text !== '') out.push(placed({ type: 'delta', index: event.index, kind: 'text', text }));
          answering = undefined;
        }
        if (holding === event.index) {
          held.push(event);
          holding = -1;
        } else out.push(placed(event));
        return;
      case 'signature':
      case 'citation':
        if (holding === event.index) held.push(event);
        else out.push(placed(event));
        return;
      case 'end': {
        if (answered) held = [];
        else release(out);
        const done = answered && !otherTools && event.end.stopReason === 'tool_use';
        out.push(done ? { ...event, end: { ...event.end, stopReason: 'end_turn' } } : event);
        return;
      }
      case 'start':
        out.push(event);
        return;
      default:
        event satisfies never;
    }
  };
  return (batch) => {
    const out: Event[] = [];
    for (const event of batch) restore(event, out);
    return out;
  };
}
