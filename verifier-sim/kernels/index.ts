/**
 * The types of the kernels that have a profile, so that kernel functions and objects are known on any machine: a reduced BTF
 * each, made by test/vm/btf/main.ts. Decoded when first asked for. Owns no rules.
 */
import { parseBtf } from "../../backend-ebpf/btf/index.ts";
import type { Btf } from "../../backend-ebpf/btf/types.ts";
import type { ProfileName } from "../../kernel/abi/profiles.ts";
import { BTF as BTF_6_1 } from "./btf-6.1.ts";
import { BTF as BTF_6_12 } from "./btf-6.12.ts";
import { BTF as BTF_6_18 } from "./btf-6.18.ts";

const ENCODED: Readonly<Partial<Record<ProfileName, string>>> = { "6.1": BTF_6_1, "6.12": BTF_6_12, "6.18": BTF_6_18 };
const decoded = new Map<ProfileName, Btf>();

/** Types of the profile's kernel; undefined for `host`, whose own are to be read. */
export function reducedBtf(name: ProfileName): Btf | undefined {
  const text = ENCODED[name];
  if (text === undefined) return undefined;
  let btf = decoded.get(name);
  if (!btf) {
    btf = parseBtf(Uint8Array.from(atob(text.replaceAll("\n", "")), (char) => char.charCodeAt(0)));
    decoded.set(name, btf);
  }
  return btf;
}

/** Variables whose addresses these kernels were built to know (CONFIG_KALLSYMS_ALL); undefined: it depends on who built it. */
export function reducedSymbols(name: ProfileName): ReadonlySet<string> | undefined {
  if (name !== "6.1" && name !== "6.12") return undefined;
  const btf = reducedBtf(name)!;
  const names = new Set<string>();
  for (let id = btf.firstId; id < btf.count; id++) {
    const type = btf.type(id);
    if (type.kind === "var") names.add(type.name);
  }
  return names;
}
