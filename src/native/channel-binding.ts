/** What the event callback is told: `enum class ChannelEvent` in src-native/channel.cc. */
export const CHANNEL_EVENT = {
  /** That many bytes are in the input buffer. */
  data: 0,
  /** Nothing comes any more: an errno, or 0 for the end of file. */
  end: 1,
  /** There is room to write again. */
  drain: 2,
} as const;

/** What src-native/channel.cc exports. Needs no Python. */
export interface ChannelBinding {
  /**
   * Where all channels of this thread read to, and whom they tell; the first call counts. False
   * where this runtime has no libuv: there are no channels then.
   */
  installChannels(
    input: Uint8Array,
    onEvent: (id: number, event: number, value: number) => void,
  ): boolean;
  /**
   * Takes over two descriptors that do not block; answers an id, or a negative errno. It does not
   * keep the event loop alive.
   */
  openChannel(readFd: number, writeFd: number): number;
  /** Bytes written, or a negative errno. Where they are fewer, `drain` comes. */
  writeChannel(id: number, bytes: Uint8Array, start: number, end: number): number;
  /** Closes the descriptors; no event comes afterwards. */
  closeChannel(id: number): void;
  refChannel(id: number, whether: boolean): void;
}
