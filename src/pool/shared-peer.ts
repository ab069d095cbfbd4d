import { ProtocolError } from '../errors/worker-errors.ts';
import { loadBinding } from '../native/load.ts';
import { word } from '../native/shared-memory.ts';
import type { FileOwner, SharedBlock, SharedSource, SharedView } from '../wire/connection.ts';
import type { RunContext, SharedNews } from '../wire/message.ts';
import { closeDescriptor } from './system.ts';

/** Tells the worker which leases end, and which files of ours are gone. */
type Tell = (leases: readonly number[], files: readonly number[]) => void;

type Grants = RunContext['shared'];

interface Grant {
  readonly file: number;
  readonly address: number;
}

/** A file of a worker's that is mapped here. */
interface Import {
  readonly peer: SharedPeer;
  /** The worker's number for it. */
  readonly theirs: number;
  /** The worker's numbers for our uses of it, each with ours. */
  leases: readonly (readonly [use: number, lease: number])[];
}

// Workers of all pools of this thread; the addon counts by our numbers, whoever's file it is.
const peers = new Set<SharedPeer>();
const imports = new Map<number, Import>();

/**
 * Passes on what happened to shared memory since the last time: leases go back to their workers,
 * files that are gone are forgotten. `idle`: also gives back what was free for so many milliseconds.
 */
export function settleShared(idle: number | null = null): void {
  if (idle !== null) loadBinding().trimShared(idle);
  const news = loadBinding().takeNews();
  if (news === undefined) return;
  const [freed, closed] = news;
  const ended = new Map<SharedPeer, number[]>();
  for (let i = 0; i < freed.length; i += 2) {
    const one = imports.get(freed[i] as number);
    if (one === undefined) continue;
    // The worker may have shown it again meanwhile: that is another use, and goes on.
    const last = freed[i + 1] as number;
    const leases = one.leases.filter(([use]) => use <= last).map(([, lease]) => lease);
    one.leases = one.leases.filter(([use]) => use > last);
    ended.set(one.peer, [...(ended.get(one.peer) ?? []), ...leases]);
  }
  for (const peer of peers) peer.tell(ended.get(peer) ?? [], closed);
}

/**
 * One worker's side of shared memory, from its launch until it is gone. A *grant* is the worker's use
 * of a block of ours, a *lease* our use of one of its own. What it says is checked against what it
 * was given, and what it sends is sealed before it is mapped: it can change what it shows, and
 * nothing else.
 */
export class SharedPeer implements SharedSource {
  readonly #socket: number;
  readonly #tell: Tell;
  readonly #grants: Map<number, Grant> = new Map<number, Grant>();
  #lastGrant = 0;
  /** Files of this process that it has mapped. */
  readonly #shown: Set<number> = new Set<number>();
  /** Its files by its numbers: our number, and bytes. */
  readonly #files: Map<number, { readonly ours: number; readonly bytes: number }> = new Map();
  #isClosed = false;

  constructor(socket: number, tell: Tell) {
    this.#socket = socket;
    this.#tell = tell;
    peers.add(this);
  }

  /**
   * Lets the worker use these blocks: what the run's context says of them. Null where it does not take
   * their descriptors.
   */
  grant(blocks: readonly SharedBlock[]): Grants | null {
    settleShared();
    if (blocks.length === 0) return undefined;
    const granted: (readonly [number, number, number?])[] = [];
    for (const { file, address, bytes, descriptor } of blocks) {
      loadBinding().holdBlock(address);
      this.#lastGrant += 1;
      this.#grants.set(this.#lastGrant, { file, address });
      if (this.#shown.has(file)) granted.push([this.#lastGrant, file]);
      else {
        const text = String(file);
        const sent = loadBinding().sendDescriptors(this.#socket, text, [descriptor]);
        if (sent !== text.length) return null;
        this.#shown.add(file);
        granted.push([this.#lastGrant, file, bytes]);
      }
    }
    return granted;
  }

  /** What the worker says of its own accord; false: it may not. */
  news({ grants, files }: SharedNews): boolean {
    for (const grant of grants) {
      const known = this.#grants.get(grant);
      if (known === undefined) return false;
      this.#grants.delete(grant);
      loadBinding().releaseBlock(known.address);
    }
    for (const file of files) {
      const known = this.#files.get(file);
      if (known === undefined) continue;
      this.#files.delete(file);
      imports.delete(known.ours);
      loadBinding().forgetFile(known.ours);
    }
    return true;
  }

  open(owner: FileOwner, file: number, lease: number): SharedView {
    const ours = owner === 'host' ? this.#granted(file) : this.#imported(file);
    const buffer = loadBinding().openFile(ours);
    if (buffer === undefined) throw new ProtocolError('a worker shows memory that has no buffer');
    const [address, start, bytes] = [word(0), word(1), word(2)];
    const known = owner === 'worker' ? imports.get(ours) : undefined;
    if (known !== undefined) known.leases = [...known.leases, [word(3), lease]];
    const letGo = (): void => {
      loadBinding().disposeMemory(address, buffer);
    };
    return { buffer, address, start, bytes, letGo };
  }

  #granted(file: number): number {
    for (const grant of this.#grants.values()) if (grant.file === file) return file;
    throw new ProtocolError('a worker shows memory that it was not given');
  }

  #imported(file: number): number {
    while (!this.#files.has(file)) this.#receive();
    return this.#files.get(file)?.ours ?? 0;
  }

  /** The next file that the worker sent; those of a reply come before it. */
  #receive(): void {
    const theirs = loadBinding().receiveFile(this.#socket);
    if (theirs <= 0) throw new ProtocolError('a worker shows a file that it did not send');
    const descriptor = word(0);
    if (this.#files.has(theirs)) {
      closeDescriptor(descriptor);
      throw new ProtocolError('a worker sent one file twice');
    }
    const ours = loadBinding().importFile(descriptor);
    if (ours === 0) throw new ProtocolError('a worker sent a file that could be cut');
    this.#files.set(theirs, { ours, bytes: word(0) });
    imports.set(ours, { peer: this, theirs, leases: [] });
  }

  /** Not for others: settleShared. */
  tell(leases: readonly number[], closed: readonly number[]): void {
    const files = closed.filter((file) => this.#shown.delete(file));
    if (leases.length > 0 || files.length > 0) this.#tell(leases, files);
  }

  /** The worker is gone. Its tensors here stay readable until they are let go of. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    peers.delete(this);
    for (const { address } of this.#grants.values()) loadBinding().releaseBlock(address);
    this.#grants.clear();
    for (const { ours } of this.#files.values()) {
      imports.delete(ours);
      loadBinding().forgetFile(ours);
    }
    this.#files.clear();
    closeDescriptor(this.#socket);
  }
}
