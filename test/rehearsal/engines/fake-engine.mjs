// Answers as an engine does, for tests of what measures one: fake-engine.mjs PORT EXIT_CODE [stuck]; stuck, it stays at the beginning of its start.
import { createServer } from 'node:http';

const [port, exitCode] = process.argv.slice(2).map(Number);
let ready = false;
let asked = 0;
let running = 0;
const stuck = process.argv[4] === 'stuck';
setTimeout(() => {
  ready = !stuck;
}, 200);

createServer((request, response) => {
  if (request.url === '/health') return response.writeHead(ready ? 200 : 503).end();
  if (request.url === '/metrics') {
    return response.end(
      `# TYPE http_requests_total counter\nhttp_requests_total{method="POST",status="2xx"} ${asked}\n# TYPE vllm:num_requests_running gauge\nvllm:num_requests_running ${running}\n`,
    );
  }
  let body = '';
  request
    .on('data', (chunk) => {
      body += chunk;
    })
    .on('end', () => {
      const { stream, prompt, max_tokens: tokens } = JSON.parse(body);
      asked += 1;
      const endless = tokens > 1_000;
      if (endless) running += 1;
      if (prompt === 'silence' || (endless && !stream)) return;
      if (!stream) return response.end('{}');
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"choices":[]}\n\n');
      if (endless) return;
      if (prompt === 'cut') return setTimeout(() => response.destroy(), 20);
      if (prompt === 'error') response.write('data: {"error":{"code":500}}\n\n');
      response.end('data: [DONE]\n\n');
    });
}).listen(port, '127.0.0.1');

if (!stuck) process.on('SIGTERM', () => process.exit(exitCode));
