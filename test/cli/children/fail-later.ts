/** Loaded before the program: a fault in the middle of its run, as the clients of AWS make them. */

const fault = Object.assign(new Error('canary-message-1 {"token":"canary-quoted-2"}'), {
  $response: { headers: { authorization: 'Bearer canary-header-3' } },
  config: { url: 'https://canary-user-4:canary-password-5@proxy.example/' },
  cause: Object.assign(new TypeError('fetch failed canary-cause-6'), { code: 'ERR_X', body: 'canary-body-7' }),
});

setTimeout(() => {
  if (process.env['FAIL_AS'] === 'rejection') void Promise.reject(fault);
  else throw fault;
}, 300);
