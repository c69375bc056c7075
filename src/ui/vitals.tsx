import type { ComponentChildren } from 'preact';
import { cost, count, dollars, duration, share } from './figures.ts';
import { firstTokens, speeds } from './series.ts';
import { calls, open, state } from './store.ts';

/** The day in one line. */
export function Vitals() {
  const today = state.value?.history.today;
  const prompt = (today?.inputTokens ?? 0) + (today?.cacheReadTokens ?? 0) + (today?.cacheWriteTokens ?? 0);
  const first = firstTokens(calls.value).median;
  const speed = speeds(calls.value).median;
  const unpriced = today?.unpriced ?? 0;
  return (
    <section class="vitals" aria-label="Today">
      <Vital name="Requests today" value={count(today?.calls ?? 0)}>
        {open.value.length > 0 && <b>{open.value.length} under way</b>}
        {(today?.failed ?? 0) > 0 && <b class="bad">{count(today?.failed)} failed</b>}
        {open.value.length === 0 && (today?.failed ?? 0) === 0 && `${count(today?.fromCache ?? 0)} from cache`}
      </Vital>
      <Vital name="Cost today" value={cost(today?.usd ?? 0, unpriced)}>
        {unpriced > 0 ? `${count(unpriced)} unpriced, ` : 'at '}
        {`list prices of ${state.value?.pricesAsOf ?? 'today'}`}
      </Vital>
      <Vital name="Saved today" value={dollars(today?.savedUsd ?? 0)}>
        by both caches
      </Vital>
      <Vital name="Tokens in" value={count(prompt)}>
        {prompt === 0 ? 'none yet' : `${share(today?.cacheReadTokens ?? 0, prompt)} from prompt cache`}
      </Vital>
      <Vital name="Tokens out" value={count(today?.outputTokens ?? 0)}>
        {speed === undefined ? 'no speed yet' : `${count(speed)} a second, median`}
      </Vital>
      <Vital name="First token" value={duration(first === undefined ? undefined : first * 1000)}>
        {first === undefined ? 'no answer yet' : `median of the last ${calls.value.length}`}
      </Vital>
    </section>
  );
}

function Vital({ name, value, children }: { name: string; value: string; children: ComponentChildren }) {
  return (
    <dl>
      <dt>{name}</dt>
      <dd class="value">{value}</dd>
      <dd class="quiet">{children}</dd>
    </dl>
  );
}
