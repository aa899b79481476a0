#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# btf.sh MODULE.ko: puts BTF into a module for which the kernel's makefiles made none, because the headers lack vmlinux.
# Takes the kernel's types from $VMLINUX (ELF, raw BTF or bzImage), $KDIR/vmlinux, the running kernel if it is $KVER, or
# /boot/vmlinuz-$KVER.
set -eu
module=$1
tools=$(dirname "$0")/tools
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

has_section() { readelf -SW "$1" 2>/dev/null | grep -q "[[:space:]]$2[[:space:]]"; }
die() { echo "btf.sh: $*" >&2; exit 1; }
word() { od -An -t u4 -j "$2" -N 4 "$1" | tr -d ' '; }

# The payload of a bzImage (Documentation/arch/x86/boot.rst: setup_sects, payload_offset, payload_length), unpacked.
unpack() {
	setup=$(od -An -t u1 -j 497 -N 1 "$1" | tr -d ' ')
	[ "$setup" != 0 ] || setup=4
	offset=$(( (setup + 1) * 512 + $(word "$1" 584) ))
	length=$(word "$1" 588)
	tail -c +$((offset + 1)) "$1" | head -c "$length" > "$work/payload"
	case $(od -An -t x1 -N 4 "$work/payload" | tr -d ' ') in
	fd377a58) xz -dc < "$work/payload" ;;
	# The last four bytes are the unpacked size, which xz and gzip take as padding and zstd does not.
	28b52ffd) head -c $((length - 4)) "$work/payload" | zstd -dcq ;;
	1f8b*) gzip -dc < "$work/payload" 2>/dev/null || : ;;
	*) die "$1 is packed in a way not known here; give VMLINUX" ;;
	esac
}

is_bzimage() { [ "$(tail -c +515 "$1" | head -c 4 | tr -d '\0')" = HdrS ]; }

base_types() {
	found=
	for file in "$VMLINUX" "$KDIR/vmlinux" "$([ "$KVER" = "$(uname -r)" ] && echo /sys/kernel/btf/vmlinux)" "/boot/vmlinuz-$KVER"; do
		if [ -n "$file" ] && [ -r "$file" ]; then
			found=$file
			break
		fi
	done
	[ -n "$found" ] || die "no types of kernel $KVER: give VMLINUX, a file with its BTF"
	if is_bzimage "$found"; then
		unpack "$found" > "$work/vmlinux" 2>/dev/null || :
		has_section "$work/vmlinux" .BTF || die "$found has no types"
		found=$work/vmlinux
	fi
	echo "$found"
}

if has_section "$module" .BTF; then
	exit 0
fi
command -v "${PAHOLE:=pahole}" > /dev/null || die "pahole is missing (Debian: dwarves)"
base=$(base_types)
if has_section "$base" .BTF; then
	# The section alone reads faster, and is all that is wanted.
	objcopy --dump-section ".BTF=$work/base.btf" "$base" /dev/null
	base=$work/base.btf
fi
LLVM_OBJCOPY=objcopy "$PAHOLE" -J --btf_gen_floats -j --lang_exclude=rust --btf_base "$base" "$module"
"$tools/resolve-btf-ids" "$module" "$base"
strip --strip-debug "$module"
echo "  BTF     $module"
