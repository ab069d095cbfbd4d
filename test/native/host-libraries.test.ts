import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';

import { events } from '../../src/events/events.ts';
import { expectLibraries, importModule } from '../../src/in-process/host-libraries.ts';
import { py } from './open.ts';

const running = {
  openssl: String(py.import('ssl').OPENSSL_VERSION),
  zlib: String(py.import('zlib').ZLIB_RUNTIME_VERSION),
};
const heard: string[] = [];
const hearing = events.on('warning', ({ text }) => heard.push(text));
const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);

beforeEach(() => {
  heard.length = 0;
  warned.mockClear();
});
afterAll(() => {
  hearing[Symbol.dispose]();
  warned.mockRestore();
});

describe('whose OpenSSL and zlib Python runs on', () => {
  test('its own: not a word', () => {
    expectLibraries(running);
    importModule('math');
    expect(heard).toEqual([]);
  });

  test('another release of the same major version is an event, once', () => {
    expectLibraries({ openssl: null, zlib: running.zlib.replace(/\.\d+.*/, '.0.0') });
    importModule('math');
    importModule('math');
    expect(heard).toHaveLength(1);
    expect(heard[0]).toContain(`zlib runs on ${running.zlib}, which is Node’s zlib`);
    expect(warned).not.toHaveBeenCalled();
  });

  test('another major version is a warning that says what to do', () => {
    expectLibraries({ openssl: 'OpenSSL 1.1.1w  11 Sep 2023', zlib: null });
    importModule('math');
    expect(heard).toHaveLength(1);
    expect(warned).toHaveBeenCalledOnce();
    const [text, options] = warned.mock.calls[0] as unknown as [string, { code: string }];
    expect(options.code).toBe('SNAKEPIT_HOST_LIBRARY');
    expect(text).toMatch(/OpenSSL 1\.1\.1w.*in a worker \(isolated\(\)\)/);
  });

  test('where the interpreter’s own is not known nothing is said', () => {
    expectLibraries({ openssl: null, zlib: null });
    importModule('math');
    expect(heard).toEqual([]);
  });
});
