/** A stream of bytes cut into frames: u32 length (little-endian), then that many bytes. */

/** The peer broke the protocol and must be ended. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

/** Bytes of a frame's length. */
const HEADER = 4;

/**
 * Reads frames from chunks of any size. A frame takes no more memory than its length, and each byte
 * is copied once.
 */
export class FrameReader {
  /** The part being filled: the length of the next frame, then its body. */
  private part = Buffer.alloc(HEADER);
  private filled = 0;
  private inBody = false;

  /** @param longest most bytes of a frame, not counting its length field */
  constructor(private readonly longest: number) {}

  /**
   * The frames that `chunk` completes, without their length. Throws `ProtocolError` for one that is
   * too long; nothing can be read after it.
   */
  *read(chunk: Buffer): Iterable<Buffer> {
    let at = 0;
    // An empty frame is complete without another byte.
    while (at < chunk.length || this.filled === this.part.length) {
      const taken = Math.min(chunk.length - at, this.part.length - this.filled);
      chunk.copy(this.part, this.filled, at, at + taken);
      at += taken;
      this.filled += taken;
      if (this.filled < this.part.length) return;
      if (this.inBody) {
        const frame = this.part;
        this.expect(HEADER, false);
        yield frame;
      } else {
        const length = this.part.readUInt32LE(0);
        if (length > this.longest) throw new ProtocolError(`frame of ${length} bytes`);
        this.expect(length, true);
      }
    }
  }

  private expect(length: number, inBody: boolean): void {
    this.part = Buffer.allocUnsafe(length);
    this.filled = 0;
    this.inBody = inBody;
  }
}
