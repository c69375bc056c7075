import { Agent, createServer, request } from 'node:http';

/*
 * The floor: a `node:http` proxy that copies bytes and translates nothing. `node floor.mjs <upstream port>` prints the
 * line that the proxy prints when it listens. Plain JavaScript: stripping types would cost it start-up time and memory.
 */
const upstream = Number(process.argv[2]);
const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY, maxFreeSockets: 2048 });

const server = createServer((incoming, outgoing) => {
  if (incoming.url === '/livez') {
    incoming.resume();
    outgoing.end('ok');
    return;
  }
  const { method, url: path, headers } = incoming;
  const forward = request({ host: '127.0.0.1', port: upstream, method, path, headers, agent }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  forward.once('error', () => outgoing.destroy());
  outgoing.once('close', () => forward.destroy());
  incoming.pipe(forward);
});

server.listen({ port: 0, host: '127.0.0.1', backlog: 2048 }, () => {
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  process.stdout.write(`${JSON.stringify({ event: 'listening', url: `http://127.0.0.1:${port}` })}\n`);
});
