import { computed, signal } from '@preact/signals';
import type { CallRow, OpenCall } from '../observe/recent-calls.ts';
import { CallDetail } from './call-detail.tsx';
import { command } from './command.ts';
import { curlOf } from './curl.ts';
import { clockTime, count, dollars, duration, share } from './figures.ts';
import type { Kind } from './filter.ts';
import { outcomeWords, shapeOf, shortClient, shortModel } from './names.ts';
import { calls, fresh, kind, now, open, selected, shown, words } from './store.ts';

/** Midnight of today: rows are drawn anew when it moves, not each second. */
const today = computed(() => new Date(now.value).setHours(0, 0, 0, 0));

/** Rows at first; nobody reads hundreds. */
const most = signal(40);

const kindNames: Record<Kind, string> = { all: 'All', problems: 'Problems', cached: 'From cache' };

/** The list of requests, with its search and filters. */
export function Calls() {
  return (
    <section class="calls" aria-labelledby="requests">
      <div class="heading">
        <h2 id="requests" tabIndex={-1}>
          Requests
        </h2>
        <fieldset class="kinds">
          <legend class="unseen">Which requests</legend>
          {(Object.keys(kindNames) as Kind[]).map((each) => (
            <label key={each}>
              <input type="radio" name="kind" checked={kind.value === each} onChange={() => (kind.value = each)} />
              <span>{kindNames[each]}</span>
            </label>
          ))}
        </fieldset>
        <input
          id="filter"
          type="search"
          aria-label="Filter requests"
          placeholder="Filter: model, client, error, id   ( / )"
          autocomplete="off"
          spellcheck={false}
          value={words}
          onInput={({ currentTarget }) => (words.value = currentTarget.value)}
        />
      </div>
      {calls.value.length + open.value.length === 0 ? <NoCalls /> : <Table />}
    </section>
  );
}

function NoCalls() {
  return (
    <div class="empty">
      <p>
        No requests yet. <code>{command('connect')}</code> sets up your editor; any other tool takes the base URL{' '}
        <code>{location.origin}/v1</code> and a key. Or try one by hand:
      </p>
      <pre>
        <code>{curlOf({ format: 'openai-chat', model: 'bedrock-sonnet', stream: false }, location.origin)}</code>
      </pre>
    </div>
  );
}

function Table() {
  const rows = shown.value;
  const waiting = kind.value === 'all' && words.value === '' ? open.value : [];
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Client</th>
            <th scope="col">Model</th>
            <th scope="col">Shape</th>
            <th scope="col" class="number">
              First token
            </th>
            <th scope="col" class="number">
              Duration
            </th>
            <th scope="col" class="number">
              In
            </th>
            <th scope="col" class="number">
              cached
            </th>
            <th scope="col" class="number">
              Out
            </th>
            <th scope="col" class="number">
              Cost
            </th>
            <th scope="col">Outcome</th>
          </tr>
        </thead>
        <tbody>
          {waiting.map((call) => (
            <Waiting key={`open ${call.id}`} call={call} />
          ))}
          {rows.slice(0, most.value).map((row) => (
            <Row key={row.id} row={row} />
          ))}
        </tbody>
      </table>
      {rows.length > most.value && (
        <p class="more">
          <button type="button" class="link" onClick={() => (most.value = Number.POSITIVE_INFINITY)}>
            Show all {rows.length}
          </button>
        </p>
      )}
      {rows.length === 0 && waiting.length === 0 && (
        <p class="empty">
          None of the last {calls.value.length} requests fits.{' '}
          <button type="button" class="link" onClick={showAll}>
            Show all
          </button>
        </p>
      )}
    </div>
  );
}

function showAll(): void {
  kind.value = 'all';
  words.value = '';
}

function Waiting({ call }: { call: OpenCall }) {
  return (
    <tr class="waiting">
      <td class="time">{clockTime(call.at, now.value)}</td>
      <td class="client" title={call.client}>
        {shortClient(call.client)}
      </td>
      <Model asked={call.model} target={call.target} />
      <td>{shapeOf(call.format)}</td>
      <td />
      <td class="number">{duration(Math.max(0, now.value - call.at))}</td>
      <td />
      <td />
      <td />
      <td />
      <td>
        <span class="dot accent pulse" aria-hidden="true" /> under way
      </td>
    </tr>
  );
}

function Row({ row }: { row: CallRow }) {
  const isOpen = selected.value === row.id;
  const { tokens } = row;
  const prompt = tokens && tokens.input + tokens.cacheRead + tokens.cacheWrite;
  const toggle = (event: Event) => {
    event.stopPropagation();
    selected.value = isOpen ? undefined : row.id;
  };
  return (
    <>
      <tr
        class={`row ${isOpen ? 'is-open' : ''} ${fresh.value.has(row.id) ? 'is-fresh' : ''}`}
        data-id={row.id}
        onClick={toggle}
      >
        <td class="time">
          <button type="button" aria-expanded={isOpen} onClick={toggle}>
            {clockTime(row.at, today.value)}
          </button>
        </td>
        <td class="client" title={row.client}>
          {shortClient(row.client)}
        </td>
        <Model asked={row.model} target={row.target} />
        <td>
          {shapeOf(row.format)}
          {!row.stream && <span class="quiet"> whole</span>}
        </td>
        <td class="number">{duration(row.firstEventMs)}</td>
        <td class="number">{duration(row.durationMs)}</td>
        <td class="number">{count(prompt)}</td>
        <td class="number quiet">{tokens && prompt && tokens.cacheRead > 0 ? share(tokens.cacheRead, prompt) : ''}</td>
        <td class="number">{count(tokens?.output)}</td>
        <td class="number">{tokens ? dollars(row.usd) : '–'}</td>
        <Outcome row={row} />
      </tr>
      {isOpen && (
        <tr class="detail">
          <td colSpan={11}>
            <CallDetail row={row} />
          </td>
        </tr>
      )}
    </>
  );
}

function Model({ asked, target }: { asked: string; target: string }) {
  const short = shortModel(target);
  return (
    <td class="model" title={target}>
      {asked}
      {short !== asked && <span class="quiet"> → {short}</span>}
    </td>
  );
}

const tones = {
  served: 'good',
  cached: 'accent',
  shared: 'accent',
  refused: 'warn',
  aborted: 'idle',
  failed: 'bad',
} as const;

function Outcome({ row: { outcome, error, changes } }: { row: CallRow }) {
  return (
    <td class="outcome">
      <span class={`dot ${tones[outcome]}`} aria-hidden="true" />{' '}
      {error ? error.code.replaceAll('_', ' ') : outcomeWords[outcome]}
      {changes.length > 0 && (
        <span class="quiet">
          {' '}
          · {changes.length} {changes.length === 1 ? 'change' : 'changes'}
        </span>
      )}
    </td>
  );
}
