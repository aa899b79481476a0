/**
 * Debian's kernels for the VM: images and headers of 6.1 (bookworm) and 6.12 (bookworm-backports), downloaded by apt with
 * folders of its own and unpacked into the cache. Nothing of the machine's packages changes, and no root is needed.
 */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "./cache.ts";
import { aptOptions, SOURCES } from "./apt.ts";
import { findProgram, run, Unavailable } from "./tools.ts";

export type KernelName = "6.1" | "6.12";
export const KERNELS: readonly KernelName[] = ["6.1", "6.12"];

export interface GuestKernel {
  readonly name: KernelName;
  /** Names builds and logs: `name`, or `6.1-debug`. */
  readonly label: string;
  /** Built to look for mistakes, and several times slower for it. */
  readonly debug: boolean;
  /** As uname -r says. */
  readonly release: string;
  /** Path of the bzImage. */
  readonly image: string;
  /** Build folder for modules. */
  readonly headers: string;
}

const META: Readonly<Record<KernelName, { readonly release: RegExp; readonly image: RegExp }>> = {
  "6.1": { release: /^6\.1\.0-(\d+)-amd64$/, image: /^linux-image-(6\.1\.0-\d+-amd64)$/ },
  "6.12": { release: /^6\.12\.(\d+)\+deb12-amd64$/, image: /^linux-image-(6\.12\.\d+\+deb12-amd64)$/ },
};

/** The kernel, from the cache or the network. Throws Unavailable where it can't be had. */
export function guestKernel(name: KernelName): GuestKernel {
  const folder = cacheFolder(name);
  const release = unpacked(folder, name) ?? install(folder, name);
  return { name, label: name, debug: false, release, image: join(folder, "boot", `vmlinuz-${release}`), headers: join(folder, "usr/src", `linux-headers-${release}`) };
}

/** Release of the kernel in the folder, if image and headers are complete. */
function unpacked(folder: string, name: KernelName): string | undefined {
  if (!existsSync(join(folder, "complete"))) return undefined;
  const release = readFileSync(join(folder, "complete"), "utf8").trim();
  return META[name].release.test(release) ? release : undefined;
}

function install(folder: string, name: KernelName): string {
  const apt = aptOptions();
  run(findProgram("apt-get")!, [...apt, "update"]);
  const release = newest(apt, name);
  const headers = `linux-headers-${release}`;
  const depends = run(findProgram("apt-cache")!, [...apt, "depends", headers]);
  const packages = [...depends.matchAll(/Depends: (linux-(?:headers|kbuild)-\S+)/g)].map((found) => found[1]!);
  const download = cacheFolder("apt", "debs", name);
  try {
    run(findProgram("apt-get")!, [...apt, "download", `linux-image-${release}`, headers, ...packages], { cwd: download });
  } catch (error) {
    throw new Unavailable(`the packages of kernel ${release} can't be downloaded: ${(error as Error).message.split("\n").at(-2)}`);
  }
  const fresh = `${folder}.new`;
  rmSync(fresh, { recursive: true, force: true });
  for (const file of readdirSync(download)) run("dpkg-deb", ["-x", join(download, file), fresh]);
  rmSync(download, { recursive: true, force: true });
  // Its makefile names the folder that the package would be installed in.
  const makefile = join(fresh, "usr/src", headers, "Makefile");
  writeFileSync(makefile, readFileSync(makefile, "utf8").replace("include /usr/src/", `include ${folder}/usr/src/`));
  writeFileSync(join(fresh, "complete"), `${release}\n`);
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
  return release;
}

/** Release of the newest image that the suites offer. */
function newest(apt: readonly string[], name: KernelName): string {
  const names = run(findProgram("apt-cache")!, [...apt, "pkgnames", "linux-image-6."]).split("\n");
  const found = names.flatMap((line) => META[name].image.exec(line.trim())?.[1] ?? []);
  const abi = (release: string) => Number(META[name].release.exec(release)![1]);
  const best = found.toSorted((a, b) => abi(b) - abi(a))[0];
  if (best === undefined) throw new Unavailable(`no image of kernel ${name} in ${SOURCES.join(", ")}`);
  return best;
}
