import { Metrics } from '../../../rehearsal/engines/contract/metrics-text';

const scrape = (answers: string): Metrics =>
  new Metrics(`
# HELP http_requests_total Total number of requests.
# TYPE http_requests_total counter
${answers}
# TYPE http_requests_created gauge
http_requests_created{handler="/v1/chat/completions"} 1.7e+09
# TYPE process_open_fds gauge
process_open_fds 12.0
# TYPE vllm:iteration_tokens_total histogram
vllm:iteration_tokens_total_bucket{engine="0",le="1.0",model_name="a \\"quoted\\" name"} 3.0
vllm:iteration_tokens_total_bucket{engine="0",le="8.0",model_name="a \\"quoted\\" name"} 5.0
vllm:iteration_tokens_total_bucket{engine="0",le="+Inf",model_name="a \\"quoted\\" name"} 7.0
vllm:iteration_tokens_total_count{engine="0",model_name="a \\"quoted\\" name"} 7.0
# TYPE http_request_size_bytes summary
http_request_size_bytes_sum{handler="none"} 3
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0"} 2
vllm:num_requests_running{engine="1"} 1.5`);

const before = scrape(
  'http_requests_total{handler="/v1/chat/completions",method="POST",status="2xx"} 4.0\nhttp_requests_total{handler="none",method="GET",status="4xx"} 1.0',
);
const after = scrape(
  'http_requests_total{handler="/v1/chat/completions",method="POST",status="2xx"} 4.0\nhttp_requests_total{handler="/v1/chat/completions",method="POST",status="5xx"} 1.0\nhttp_requests_total{handler="none",method="GET",status="4xx"} 2.0',
);

test('families have their type and the labels of their series, and a histogram the bounds of its buckets', () => {
  expect(before.families()).toEqual([
    { name: 'http_request_size_bytes', type: 'summary', labels: ['handler'] },
    { name: 'http_requests_total', type: 'counter', labels: ['handler', 'method', 'status'] },
    { name: 'vllm:iteration_tokens_total', type: 'histogram', labels: ['engine', 'model_name'], buckets: [1, 8] },
    { name: 'vllm:num_requests_running', type: 'gauge', labels: ['engine'] },
  ]);
});

test('series of a name are summed, and are nothing without any', () => {
  expect(before.sum('vllm:num_requests_running')).toBe(3.5);
  expect(before.sum('vllm:num_requests_running', { engine: '1' })).toBe(1.5);
  expect(before.sum('vllm:iteration_tokens_total_count', { model_name: 'a "quoted" name' })).toBe(7);
  expect(before.sum('absent')).toBe(0);
});

test('only series that have grown are told, new ones too', () => {
  expect(after.grown(before, 'http_requests_total', 'status')).toEqual(['4xx', '5xx']);
  expect(after.grown(before, 'http_requests_total', 'status', { method: 'POST' })).toEqual(['5xx']);
  expect(before.grown(before, 'http_requests_total', 'status')).toEqual([]);
});
