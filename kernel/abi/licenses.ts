/** Which license strings the kernel takes as compatible with the GPL (include/linux/license.h): kernel functions and some helpers ask for one. */

export const GPL_COMPATIBLE: readonly string[] = ["GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"];

export function isGplCompatible(license: string): boolean {
  return GPL_COMPATIBLE.includes(license);
}
