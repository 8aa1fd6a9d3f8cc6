/** A stream of bytes cut into frames: u32 length (little-endian), then that many bytes. */

/** What the peer sent is not in the protocol; the peer must be ended. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

/** Bytes of a frame's length. */
const HEADER = 4;

/**
 * However small the pieces in which a frame arrives, it takes no more memory than its length, and
 * no more time than copying it once.
 */
export class FrameReader {
  /** The length of the next frame, as far as it has arrived; then the frame. */
  private part = Buffer.alloc(HEADER);
  private filled = 0;
  private inBody = false;

  /** @param longest bytes a frame may have, its length aside */
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
