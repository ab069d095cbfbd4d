/** The code of the warning, and of the process event that carries it. */
const CODE = 'SNAKEPIT_STALE_WASM';

/** WebAssembly memory that Python looks at moved: no error can reach who reads the old bytes. */
export function reportStale(bytes: number): void {
  process.emitWarning(
    `a WebAssembly memory of ${String(bytes)} bytes grew and moved to another place. Python’s arrays ` +
      'over it keep the bytes of that moment and are no longer shared. Make new ones over ' +
      'memory.buffer after memory.grow(), or grow before the memory is handed to Python.',
    { type: 'SnakepitWarning', code: CODE },
  );
}
