const ignore = (): void => undefined;

/**
 * Writes what Python printed, as `console.log` does: to whatever `process.stdout` is now, and a
 * reader who went away is nobody's error.
 */
export function writeOutput(descriptor: number, data: Buffer): void {
  const stream = descriptor === 2 ? process.stderr : process.stdout;
  const unheard = stream.listenerCount('error') === 0;
  // Files and terminals fail at once, pipes and sockets later.
  if (unheard) stream.once('error', ignore);
  try {
    stream.write(data, (error?: Error | null) => {
      if (error != null && stream.listenerCount('error') === 0) stream.once('error', ignore);
    });
  } finally {
    if (unheard) stream.removeListener('error', ignore);
  }
}
