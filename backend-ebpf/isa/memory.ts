/**
 * The address space of the bytecode interpreter: byte ranges at made-up 64-bit addresses with unmapped space around
 * each, so that an access outside its range faults instead of reaching a neighbour. Little endian, any alignment.
 */

/** An access that no mapped range covers, or a write to a read-only one. */
export class MemoryFault extends Error {
  readonly address: bigint;
  constructor(message: string, address: bigint) {
    super(`${message} at 0x${address.toString(16)}`);
    this.address = address;
  }
}

export interface Mapping {
  /** Says in faults and tests what is here: `stack 0`, `map .bss`. */
  readonly name: string;
  readonly address: bigint;
  readonly bytes: Uint8Array;
  readonly writable: boolean;
}

/** Where ranges without an address of their own go; distances leave room for any 32-bit offset on both sides. */
const FIRST_ADDRESS = 0x1000_0000_0000n;
const DISTANCE = 0x2_0000_0000n;

export class AddressSpace {
  readonly #mappings: Mapping[] = [];
  #next = FIRST_ADDRESS;

  /** Maps `bytes` (shared, not copied) and returns their address. Throws RangeError if `address` overlaps another range. */
  map(name: string, bytes: Uint8Array, options: { address?: bigint; writable?: boolean } = {}): bigint {
    const address = options.address ?? this.#next;
    const size = BigInt(bytes.length);
    const overlapped = this.#mappings.find((other) => address < other.address + BigInt(other.bytes.length) && other.address < address + size);
    if (overlapped) throw new RangeError(`${name} overlaps ${overlapped.name}`);
    if (options.address === undefined) this.#next += DISTANCE + ((size + DISTANCE - 1n) / DISTANCE) * DISTANCE;
    this.#mappings.push({ name, address, bytes, writable: options.writable ?? true });
    return address;
  }

  /** Takes the range that starts at `address` away. */
  unmap(address: bigint): void {
    const index = this.#mappings.findIndex((mapping) => mapping.address === address);
    if (index < 0) throw new RangeError(`nothing is mapped at 0x${address.toString(16)}`);
    this.#mappings.splice(index, 1);
  }

  /** The range that holds `address`. */
  find(address: bigint): Mapping | undefined {
    return this.#mappings.find((mapping) => address >= mapping.address && address < mapping.address + BigInt(mapping.bytes.length));
  }

  /** `length` bytes at `address` as a view. Zero bytes are everywhere. Throws MemoryFault. */
  view(address: bigint, length: number, write = false): Uint8Array {
    if (length === 0) return new Uint8Array(0);
    const mapping = this.find(address);
    if (!mapping) throw new MemoryFault(`${length} bytes are not mapped`, address);
    if (write && !mapping.writable) throw new MemoryFault(`write to read-only ${mapping.name}`, address);
    const start = Number(address - mapping.address);
    if (start + length > mapping.bytes.length) throw new MemoryFault(`${length} bytes run past the end of ${mapping.name}`, address);
    return mapping.bytes.subarray(start, start + length);
  }

  /** Unsigned value of `bits` at `address`. Throws MemoryFault. */
  load(address: bigint, bits: number): bigint {
    return this.view(address, bits / 8).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }

  /** Stores the low `bits` of `value`. Throws MemoryFault. */
  store(address: bigint, bits: number, value: bigint): void {
    const bytes = this.view(address, bits / 8, true);
    for (let i = 0; i < bytes.length; i++, value >>= 8n) bytes[i] = Number(value & 0xffn);
  }
}
