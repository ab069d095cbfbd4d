/** A remote face, as any: without generated wrappers that is what users have. */
export type Face = any;

/** One behaviour of every placement that is not this thread. */
export interface RemoteRow {
  readonly name: string;
  run(face: Face): Promise<void>;
}

/** What `run` fails with, at once or later. */
export async function failure(run: () => unknown): Promise<any> {
  try {
    await run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing failed');
}
