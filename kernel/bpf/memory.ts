/**
 * Memory shared with programs in the kernel: BPF_F_MMAPABLE array maps laid one after another into one reserved range. Owns
 * the mappings and their lifetime, nothing of what is in them.
 */
import { type Ffi, mapDescriptor, mapZeros, reserve, unmap } from "../ffi.ts";

const PAGE = 4096;
const pages = (bytes: number) => Math.ceil(Math.max(bytes, 1) / PAGE) * PAGE;

export interface SharedPart {
  readonly fd: number;
  /** Bytes of the map's one value. */
  readonly size: number;
}

/** Address ranges of closed instances that views may still refer to. */
const abandoned = new FinalizationRegistry<() => void>((release) => release());

export class SharedMemory {
  /** The bytes of each part, shared with the kernel. */
  readonly parts: readonly Uint8Array[];
  readonly #system: Ffi;
  readonly #address: number;
  readonly #length: number;
  readonly #buffer: ArrayBuffer;
  #closed = false;

  /** Maps the parts. Throws AC4013. */
  constructor(system: Ffi, parts: readonly SharedPart[]) {
    this.#system = system;
    this.#length = Math.max(PAGE, parts.reduce((sum, { size }) => sum + pages(size), 0));
    this.#address = reserve(system, this.#length);
    let at = 0;
    try {
      for (const { fd, size } of parts) {
        mapDescriptor(system, this.#address + at, pages(size), fd);
        at += pages(size);
      }
      if (at < this.#length) mapZeros(system, this.#address + at, this.#length - at);
    } catch (error) {
      unmap(system, this.#address, this.#length);
      throw error;
    }
    this.#buffer = system.view(this.#address, this.#length);
    let start = 0;
    this.parts = parts.map(({ size }) => {
      const bytes = new Uint8Array(this.#buffer, start, size);
      start += pages(size);
      return bytes;
    });
  }

  /**
   * Takes the kernel's memory away. Arrays that the caller still holds go on with a private copy of the last contents: they
   * must not point to nothing, and JavaScript has no way to detach them. The copy is freed with the last of them.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const contents = new Uint8Array(this.#buffer).slice();
    mapZeros(this.#system, this.#address, this.#length);
    new Uint8Array(this.#buffer).set(contents);
    const [system, address, length] = [this.#system, this.#address, this.#length];
    abandoned.register(this.#buffer, () => unmap(system, address, length));
  }
}
