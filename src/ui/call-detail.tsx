import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { errorWords } from '../base/error-words.ts';
import type { Rehearsal } from '../http/ui-state.ts';
import type { CallRow } from '../observe/recent-calls.ts';
import { curlOf } from './curl.ts';
import { count, dateTime, dollars, duration } from './figures.ts';
import { outcomeWords, shapeOf } from './names.ts';
import { rehearsals } from './store.ts';
import { replay } from './wire.ts';

/** Everything that is known of one call, and what can be done with it. */
export function CallDetail({ row }: { row: CallRow }) {
  const { tokens, error, changes } = row;
  return (
    <div class="about">
      {error && (
        <p class="fault" role="note">
          <b>{errorWords[error.code]}</b>
          {error.retryAfterMs !== undefined && ` Worth another try in ${duration(error.retryAfterMs)}.`}
          {error.fix !== undefined && (
            <span>
              {' '}
              Fix: <code>{error.fix}</code>
            </span>
          )}
        </p>
      )}
      <dl class="pairs">
        <Pair name="Request id">
          <code>{row.id}</code>
        </Pair>
        {row.upstreamRequestId !== undefined && (
          <Pair name="AWS request id">
            <code>{row.upstreamRequestId}</code>
          </Pair>
        )}
        <Pair name="Came">{dateTime(row.at)}</Pair>
        <Pair name="Client">{row.client}</Pair>
        <Pair name="Asked for">
          <code>{row.model}</code>{' '}
          <span class="quiet">{row.stream ? shapeOf(row.format) : `${shapeOf(row.format)}, whole`}</span>
        </Pair>
        <Pair name="Answered by">
          <code>{row.target}</code>
        </Pair>
        <Pair name="Region">{row.region}</Pair>
        <Pair name="Key">{row.key}</Pair>
        <Pair name="Ended">
          {outcomeWords[row.outcome]}
          {row.stopReason !== undefined && `, ${row.stopReason.replaceAll('_', ' ')}`}
        </Pair>
        <Pair name="Took">
          {duration(row.durationMs)}
          {row.firstEventMs !== undefined && `, first token after ${duration(row.firstEventMs)}`}
        </Pair>
        {tokens && (
          <Pair name="Tokens">
            {count(tokens.input)} in, {count(tokens.cacheRead)} read from and {count(tokens.cacheWrite)} written to the
            prompt cache, {count(tokens.output)} out
            {row.maxTokens !== undefined && ` of at most ${count(row.maxTokens)}`}
          </Pair>
        )}
        {tokens && (
          <Pair name="Cost">
            {dollars(row.usd)}
            {(row.savedUsd ?? 0) !== 0 && `, ${dollars(row.savedUsd)} saved by caching`}
          </Pair>
        )}
      </dl>
      {changes.length > 0 && (
        <div class="changes">
          <h3>Changed on the way to Bedrock</h3>
          <ul>
            {changes.map(({ what, why }) => (
              <li key={what}>
                <code>{what}</code> <span class="quiet">{why}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
      <div class="acts">
        <button type="button" onClick={() => void copy(row)}>
          {copied.value === row.id ? 'Copied' : 'Copy as curl'}
        </button>
        <button type="button" disabled={rehearsals.value.get(row.id) === 'running'} onClick={() => void replay(row.id)}>
          Replay on the simulator
        </button>
        <span class="quiet">Prompts and answers are never kept, so both send a short request of the same shape.</span>
      </div>
      <Replayed outcome={rehearsals.value.get(row.id)} />
    </div>
  );
}

function Pair({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Replayed({ outcome }: { outcome: 'running' | Rehearsal | { error: string } | undefined }) {
  if (outcome === undefined) return null;
  return (
    <p class="replayed" role="status">
      {outcome === 'running' ? 'Sending…' : 'error' in outcome ? `It failed: ${outcome.error}` : wordsOf(outcome)}
    </p>
  );
}

function wordsOf({ target, firstEventMs, durationMs, outputTokens, changes }: Rehearsal): string {
  const changed = changes.length === 0 ? 'Nothing had to be changed.' : `Changed: ${changes.join('; ')}.`;
  return `The simulator answered as ${target}: first token after ${duration(firstEventMs)}, ${count(outputTokens)} tokens in ${duration(durationMs)}. ${changed}`;
}

const copied = signal<string | undefined>(undefined);
const copiedMs = 2_000;

async function copy(row: CallRow): Promise<void> {
  await navigator.clipboard.writeText(curlOf(row, location.origin));
  copied.value = row.id;
  setTimeout(() => {
    if (copied.value === row.id) copied.value = undefined;
  }, copiedMs);
}
