/** What these rows need of a placement; whatever it gives may be awaited. */
export interface ProtocolFace {
  import(name: string): any;
  lazy(name: string): any;
  exec(code: string, options: object): any;
  with(manager: unknown, body: (value: any) => unknown): any;
  enter(manager: unknown): any;
  help(subject: unknown): string | Promise<string>;
  isinstance(value: unknown, type: unknown): boolean | Promise<boolean>;
  is(a: unknown, b: unknown): boolean | Promise<boolean>;
  equal(a: unknown, b: unknown): boolean | Promise<boolean>;
  bool(value: unknown): boolean | Promise<boolean>;
  len(value: unknown): number | Promise<number>;
  contains(container: unknown, value: unknown): boolean | Promise<boolean>;
  callable(value: unknown): boolean | Promise<boolean>;
  getattr(value: unknown, name: string, ...fallback: unknown[]): any;
  setattr(value: unknown, name: string, attribute: unknown): void | Promise<void>;
  tuple(...items: unknown[]): any;
  set(items: unknown): any;
  bytes(data: unknown): any;
  int(value: unknown): any;
  float(value: unknown): any;
  slice(...bounds: unknown[]): any;
  readonly ellipsis: any;
  readonly builtins: any;
}

export interface ProtocolRow {
  readonly name: string;
  run(py: ProtocolFace): void | Promise<void>;
}

export async function failure(run: () => unknown): Promise<any> {
  try {
    await run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
