import { malformed } from './malformed.ts';

const DIGIT_BITS = 15n;

/** Halves, because adding digit by digit is quadratic. */
export function joinDigits(digit: (i: number) => number, from: number, to: number): bigint {
  if (to - from <= 8) {
    let value = 0n;
    for (let i = to - 1; i >= from; i--) value = (value << DIGIT_BITS) | BigInt(digit(i));
    return value;
  }
  const middle = (from + to) >>> 1;
  const low = joinDigits(digit, from, middle);
  return low | (joinDigits(digit, middle, to) << (BigInt(middle - from) * DIGIT_BITS));
}

/** UTF-8 in which lone surrogates stand as three bytes. */
export function decodeSurrogates(bytes: Buffer, start: number, end: number): string {
  const parts: string[] = [];
  let from = start;
  for (let at = start; at + 2 < end; at++) {
    if (bytes[at] !== 0xed || (bytes[at + 1] as number) < 0xa0) continue;
    const unit =
      0xd000 | (((bytes[at + 1] as number) & 0x3f) << 6) | ((bytes[at + 2] as number) & 0x3f);
    parts.push(strict(bytes, from, at), String.fromCharCode(unit));
    from = at + 3;
    at += 2;
  }
  parts.push(strict(bytes, from, end));
  return parts.join('');
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function strict(bytes: Buffer, from: number, to: number): string {
  try {
    return utf8.decode(bytes.subarray(from, to));
  } catch {
    return malformed('a text that is no UTF-8');
  }
}
