/**
 * What src-native/worker_process.cc exports: what a host needs to start worker processes. Where the
 * system refuses, the answer is a negative errno and nothing is left behind.
 */
export interface ProcessBinding {
  /** [read, write], closed by exec; the host's end (its index) does not block. */
  makePipe(hostEnd: 0 | 1): [read: number, write: number] | number;
  /** [host, child], closed by exec; the host's end does not block. */
  makeSocketPair(): [host: number, child: number] | number;
  /** The descriptor of a file without a name that can neither grow nor shrink. */
  makeMemory(bytes: number): number;
  /** The descriptor of a file without a name that grows as it is written to. */
  makeFile(): number;
  /** A file of fixed size as memory; the mapping lives as long as the buffer, not as the descriptor. */
  mapMemory(descriptor: number, bytes: number): ArrayBuffer | number;
  /** Sends text and descriptors over a unix socket; all of the text, or an error. */
  sendDescriptors(socket: number, text: string, descriptors: readonly number[]): number;
  /** Closes a descriptor that the addon opened: Node, in a worker_thread, warns of those. */
  closeDescriptor(descriptor: number): void;
  /** A descriptor that means this process, never a later one of the same number (Linux 5.3). */
  openProcess(pid: number): number;
  signalProcess(process: number, signal: number): number;
  /** Whether the kernel lets a process filter its own system calls. */
  seccompSupport(): boolean;
  /** The version of Landlock; negative where there is none. */
  landlockSupport(): number;
}
