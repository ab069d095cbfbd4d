import { expect, test } from 'vitest';

import { CALL_TARGETS, type CallType, validatePayload } from '../../../src/contract/call.ts';

test('fills what is absent', () => {
  const call = validatePayload({
    call_type: 'function',
    module: 'math',
    method: 'sqrt',
    args: [2],
  });
  expect(call).toEqual({
    payload_version: 1,
    call_type: 'function',
    module: 'math',
    method: 'sqrt',
    args: [2],
    kwargs: {},
    idempotent: false,
    id: null,
    key: null,
    attempt: 0,
    session: null,
    deadline_ms: null,
    want: 'auto',
    copy: null,
    device: null,
    trace: null,
  });
  expect(Object.isFrozen(call)).toBe(true);
});

test('takes the payload of the seed', () => {
  const payload = {
    call_type: 'method',
    ref: 'host.1.7',
    method: '__add__',
    args: [{ $ref: 'host.1.8' }],
    kwargs: {},
    idempotent: false,
  };
  expect(validatePayload(payload)).toMatchObject(payload);
});

const LEAST: Partial<Record<CallType, unknown[]>> = {
  get_item: [0],
  del_item: [0],
  set_item: [0, 1],
  set_attr: [1],
};

test('every call_type needs its target, and names the field that is missing', () => {
  for (const [call_type, target] of Object.entries(CALL_TARGETS)) {
    const whole: Record<string, unknown> = { call_type, args: LEAST[call_type as CallType] ?? [] };
    const needed = target.split('-').filter((name) => name !== 'args' && name !== 'kwargs');
    for (const name of needed) whole[name] = 'x';
    expect(validatePayload(whole)).toMatchObject(whole);
    for (const name of needed) {
      const rest = { ...whole, [name]: undefined };
      expect(() => validatePayload(rest)).toThrow(
        `payload.${name}: is required for call_type '${call_type}'`,
      );
    }
  }
});

const CALL = { call_type: 'function', module: 'math', method: 'sqrt' };

test.each([
  [null, 'payload'],
  [[], 'payload'],
  [{ ...CALL, call_type: 'shout' }, 'payload.call_type'],
  [{ module: 'math', method: 'sqrt' }, 'payload.call_type'],
  [{ ...CALL, call_type: 'constructor' }, 'payload.call_type'],
  [{ ...CALL, payload_version: 2 }, 'payload.payload_version'],
  [{ ...CALL, payload_version: '1' }, 'payload.payload_version'],
  [{ ...CALL, module: 7 }, 'payload.module'],
  [{ ...CALL, method: '' }, 'payload.method'],
  [{ ...CALL, args: {} }, 'payload.args'],
  [{ ...CALL, kwargs: [] }, 'payload.kwargs'],
  [{ ...CALL, idempotent: 'yes' }, 'payload.idempotent'],
  [{ ...CALL, id: 1.5 }, 'payload.id'],
  [{ ...CALL, attempt: -1 }, 'payload.attempt'],
  [{ ...CALL, deadline_ms: -1 }, 'payload.deadline_ms'],
  [{ ...CALL, want: 'all' }, 'payload.want'],
  [{ ...CALL, copy: 'never' }, 'payload.copy'],
  [{ ...CALL, must_understand: ['priority'], priority: 1 }, 'payload.priority'],
  [{ ...CALL, must_understand: [1] }, 'payload.must_understand[0]'],
  [{ call_type: 'set_item', ref: 'host.1.1', args: [0] }, 'payload.args'],
])('refuses %j and names the field', (payload, field) => {
  expect(() => validatePayload(payload)).toThrow(expect.objectContaining({ field }) as Error);
});

test('ignores unknown fields that need not be understood', () => {
  const call = validatePayload({ ...CALL, priority: 1, must_understand: ['idempotent'] });
  expect(call).not.toHaveProperty('priority');
});

test('null is absent: JSON has no undefined', () => {
  expect(validatePayload({ ...CALL, session: null, args: null })).toMatchObject({
    session: null,
    args: [],
  });
});
