import type { Event } from '../converse/events.ts';
import { answerText } from './answer-text.ts';

export type AnswerTool = {
  name: string;
  /** The schema itself has a property `properties`, so that an answer which opens with it is not a wrapped one. */
  ownProperties: boolean;
};

/** A pass over one answer's events, called once per batch, in order. */
export type Restorer = (batch: readonly Event[]) => readonly Event[];

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
 * a client parses the whole content as JSON; it is given out when no such call comes (case 65). A batch that is held
 * back whole gives an empty one.
 */
export function restoreAnswer(tool: AnswerTool): Restorer {
  const seats = denseIndices();
  let held: Event[] = [];
  /** The open text block that is held back. */
  let holding: number | undefined;
  let answer: { index: number; text: ReturnType<typeof answerText> } | undefined;
  let answered = false;
  let otherTools = false;

  const release = (): Event[] => held.splice(0).map(seats);

  const open = (event: Event & { type: 'open' }): Event[] => {
    const { block, index } = event;
    if (block.kind === 'text') {
      holding = index;
      held.push(event);
      return [];
    }
    if (block.kind !== 'tool') return [seats(event)];
    if (block.name !== tool.name || answered) {
      otherTools = true;
      return [...release(), seats(event)];
    }
    held = [];
    answered = true;
    answer = { index, text: answerText(tool.ownProperties) };
    return [seats({ type: 'open', index, block: { kind: 'text' } })];
  };

  const spoken = (index: number, text: string): Event[] =>
    text === '' ? [] : [seats({ type: 'delta', index, kind: 'text', text })];

  const inside = (event: Event & { index: number }): Event[] => {
    if (answer?.index === event.index) {
      if (event.type === 'delta') return spoken(event.index, answer.text.push(event.text));
      const rest = answer.text.end();
      answer = undefined;
      return [...spoken(event.index, rest), seats(event)];
    }
    if (holding !== event.index) return [seats(event)];
    held.push(event);
    if (event.type === 'close') holding = undefined;
    return [];
  };

  const end = (event: Event & { type: 'end' }): Event[] => {
    if (answered) held = [];
    const done = answered && !otherTools && event.end.stopReason === 'tool_use';
    return [...release(), done ? { type: 'end', end: { ...event.end, stopReason: 'end_turn' } } : event];
  };

  return (batch) =>
    batch.flatMap((event) => {
      if (event.type === 'start' || event.type === 'raw') return [event];
      if (event.type === 'open') return open(event);
      return event.type === 'end' ? end(event) : inside(event);
    });
}

/** Numbers blocks anew in the order in which they come out, because dropped ones would leave gaps. */
function denseIndices(): (event: Event) => Event {
  const seats = new Map<number, number>();
  return (event) => {
    if (!('index' in event)) return event;
    const index = seats.get(event.index) ?? seats.size;
    seats.set(event.index, index);
    return { ...event, index };
  };
}
