import { spanText } from '../base/span-text.ts';
import type { TunnelSighting } from '../http/ui-state.ts';
import { command } from './command.ts';
import { count } from './figures.ts';
import { shortClient } from './names.ts';
import { now, state } from './store.ts';

/** After so long a silence Cursor's own key switch is the likely cause. */
const quietMs = 3 * 3_600_000;

/** The public way to the model routes, and what last came by it. */
export function Tunnel() {
  const { host, lastSeenAt, program, since, last } = state.value?.tunnel ?? {};
  const seenAt = last?.at ?? lastSeenAt;
  const ago = seenAt === undefined ? undefined : now.value - seenAt;
  const isQuiet = ago === undefined || ago > quietMs;
  return (
    <section class="panel" aria-label="Tunnel">
      <div class="heading">
        <h2>Tunnel</h2>
        <span class={`tone ${host === undefined ? 'idle' : isQuiet ? 'warn' : 'good'}`}>
          {host === undefined ? 'not set up' : ago === undefined ? 'no request yet' : `used ${spanText(ago)} ago`}
        </span>
      </div>
      {host === undefined ? (
        <p class="quiet">
          Only Cursor needs one: its servers call the proxy. <code>{command('cursor install')}</code>
        </p>
      ) : (
        <>
          <p class="quiet">
            <code>https://{host}</code> reaches the model routes only, with a key.
          </p>
          <dl class="lines">
            {program !== undefined && (
              <>
                <dt>{program === 'own' ? 'your own address' : program}</dt>
                <dd>{since === undefined ? '' : `up ${spanText(now.value - since)}`}</dd>
              </>
            )}
            {last && <Last last={last} />}
          </dl>
          {isQuiet && (
            <p>
              Should Cursor use it? <code>{command('cursor status')}</code> names the cause.
            </p>
          )}
        </>
      )}
    </section>
  );
}

function Last({ last: { client, requests, model, shape, tools, refused } }: { last: TunnelSighting }) {
  const mode = tools === undefined || tools === 0 ? 'no tools' : `${tools} tools`;
  const said = refused === undefined ? [model, mode, shape && `${shape} shape`] : [`refused: ${refused}`];
  return (
    <>
      <dt title={client}>{shortClient(client)}</dt>
      <dd>
        {count(requests)} {requests === 1 ? 'request' : 'requests'}
      </dd>
      <dd class={refused === undefined ? 'quiet' : 'quiet bad'}>
        {said.filter((word) => word !== undefined).join(' · ')}
      </dd>
    </>
  );
}
