import type { Endpoint, EndpointSlice } from 'kubernetes-types/discovery/v1';
import { routable } from '../../../rehearsal/cluster/service-endpoints';

function slice(...endpoints: Endpoint[]): EndpointSlice {
  return { addressType: 'IPv4', endpoints };
}

const READY = { addresses: ['10.64.0.1'], conditions: { ready: true, serving: true, terminating: false } };
const DRAINING = { addresses: ['10.64.0.2'], conditions: { ready: false, serving: true, terminating: true } };
const UNREADY = { addresses: ['10.64.0.3'], conditions: { ready: false, serving: false, terminating: false } };

describe('routable', () => {
  test('takes the ready endpoints of all slices, each once', () => {
    expect(routable([slice(READY, DRAINING), slice(UNREADY, READY)])).toEqual(['10.64.0.1']);
  });

  test('falls back to endpoints that serve while they terminate', () => {
    expect(routable([slice(DRAINING, UNREADY)])).toEqual(['10.64.0.2']);
  });

  test('takes an endpoint without conditions for ready', () => {
    expect(routable([slice({ addresses: ['10.64.0.4'] })])).toEqual(['10.64.0.4']);
  });
});
