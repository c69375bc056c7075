import { batch, computed, signal } from '@preact/signals';
import type { Rehearsal, UiState } from '../http/ui-state.ts';
import type { Notice } from '../observe/notice.ts';
import type { CallRow, News, OpenCall } from '../observe/recent-calls.ts';
import { filtered, type Kind } from './filter.ts';

export type Door = { is: 'opening' } | { is: 'shut'; why: string } | { is: 'open' };

/** Whether we are let in at all. */
export const door = signal<Door>({ is: 'opening' });
/** Whether news comes in as it happens. */
export const live = signal(false);
export const state = signal<UiState | undefined>(undefined);
export const calls = signal<readonly CallRow[]>([]);
export const open = signal<readonly OpenCall[]>([]);
export const notices = signal<readonly Notice[]>([]);
/** Ids of rows that came while we looked. */
export const fresh = signal<ReadonlySet<string>>(new Set());
/** Wall time, moved once a second. */
export const now = signal(Date.now());
/** For screen readers. */
export const spoken = signal('');

export const kind = signal<Kind>('all');
export const words = signal('');
export const selected = signal<string | undefined>(undefined);
export const shown = computed(() => filtered(calls.value, kind.value, words.value));

const mostRows = 250;

/** Takes the whole state, as the server has it now. */
export function take(given: UiState): void {
  batch(() => {
    state.value = given;
    calls.value = given.calls;
    open.value = given.open;
    notices.value = given.notices;
    now.value = Date.now();
    door.value = { is: 'open' };
  });
}

/** Takes one piece of news; says whether figures beside the rows may have changed by it. */
export function hear(news: News): boolean {
  switch (news.type) {
    case 'began':
      open.value = [...open.value.filter(({ id }) => id !== news.call.id), news.call];
      return false;
    case 'ended':
      batch(() => {
        open.value = open.value.filter(({ id }) => id !== news.call.id);
        calls.value = [news.call, ...calls.value.filter(({ id }) => id !== news.call.id)].slice(0, mostRows);
        fresh.value = new Set([...fresh.value, news.call.id].slice(-20));
      });
      return true;
    case 'notice':
      notices.value = [
        news.notice,
        ...notices.value.filter(({ what, about }) => what !== news.notice.what || about !== news.notice.about),
      ].slice(0, 100);
      return true;
    default:
      return news satisfies never;
  }
}

/** A rehearsal under way or over, by the call's id. */
export const rehearsals = signal<ReadonlyMap<string, 'running' | Rehearsal | { error: string }>>(new Map());
