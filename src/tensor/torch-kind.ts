import { ConversionError, DtypeError } from '../errors/errors.ts';

/**
 * The error of a torch tensor whose memory cannot cross, by what `kind` of
 * python/snakepit/torch_bridge.py says of it; null: it can.
 */
export function torchRefusal(kind: string): Error | null {
  if (!kind.startsWith('ERR_')) return null;
  const [code, ...rest] = kind.split(': ');
  const message = rest.join(': ');
  if (code !== 'ERR_DTYPE') return new ConversionError(message);
  return new DtypeError(message, { dtype: /torch\.\w+/.exec(message)?.[0] ?? 'unknown' });
}

export function noTorch(cause: unknown): ConversionError {
  return new ConversionError(
    'this needs PyTorch in the project’s Python: add torch to the dependencies in pyproject.toml ' +
      'and run `npx snakepit sync`',
    { cause },
  );
}
