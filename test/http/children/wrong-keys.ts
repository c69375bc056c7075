import { Agent, get } from 'node:http';

/** Tries wrong keys at a URL, so many in all and so many at once, and prints how often each status came back. */

const [url = '', total = '0', parallel = '1'] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true });
const counts: Record<string, number> = {};
let left = Number(total);

const tryOne = (): Promise<void> =>
  new Promise((resolve, reject) => {
    get(url, { agent, headers: { authorization: 'Bearer wrong' } })
      .on('response', (answer) => {
        counts[answer.statusCode ?? 0] = (counts[answer.statusCode ?? 0] ?? 0) + 1;
        answer.resume().on('end', resolve);
      })
      .on('error', reject);
  });

process.stdout.write('started\n');
await Promise.all(
  Array.from({ length: Number(parallel) }, async () => {
    while (left-- > 0) await tryOne();
  }),
);
process.stdout.write(`${JSON.stringify(counts)}\n`);
process.exit(0);
