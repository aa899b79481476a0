/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * /dev/anycall: runs BPF programs of type SYSCALL that make system calls through the kernel
 * functions of anycall.ko.
 *
 * One open file is one binding: ANYCALL_BIND ties it to a program, to the caller's address space,
 * and to the mappings of the program's maps; ANYCALL_CALL then runs the program, one transition a
 * call. What is stable: the numbers, the structs, and the meaning of the error numbers listed here.
 * Unknown flags and reserved fields must be zero.
 */
#ifndef _UAPI_LINUX_ANYCALL_H
#define _UAPI_LINUX_ANYCALL_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Version of this interface; a change that breaks callers raises it. */
#define ANYCALL_INTERFACE 1

/* Routes that system calls take inside the kernel (anycall_info.routes). */
#define ANYCALL_ROUTE_DIRECT (1 << 0) /* functions of their own on the program's memory */
#define ANYCALL_ROUTE_ENTRY (1 << 1) /* the kernel's own entry, on the caller's mapping of it */
#define ANYCALL_ROUTE_SYNC (1 << 2) /* a close takes effect when it returns */

struct anycall_info {
	__u32 interface; /* ANYCALL_INTERFACE */
	__u32 routes; /* ANYCALL_ROUTE_* that work here */
	__u32 max_wait_ms; /* longest time one system call may sleep */
	__u32 max_regions; /* regions that a binding may have */
};

/* A mapping by the caller of the value of an mmapable array map that the program uses. */
struct anycall_region {
	__u64 address;
	__u64 size; /* bytes, greater than 0 */
};

struct anycall_bind {
	__u32 prog_fd;
	__u32 region_count;
	__u64 regions; /* pointer to struct anycall_region[region_count] */
	__u64 scratch; /* memory of the caller that the module may overwrite during calls */
	__u32 scratch_size; /* bytes: at least ANYCALL_SCRATCH */
	__u32 flags; /* 0 */
};

/* Room for two path names and a struct. */
#define ANYCALL_SCRATCH (3 * 4096)

#define ANYCALL_IOC 0xb9

/* Fills struct anycall_info. */
#define ANYCALL_INFO _IOR(ANYCALL_IOC, 0, struct anycall_info)

/*
 * Binds this open file, once. Returns the number of regions found to be mappings of maps that the
 * program uses; others (an object's maps are not all used by each of its programs) are left out.
 * System calls on memory outside the regions fail with EFAULT. Errors:
 *   EBUSY   it is bound already
 *   EBADF   prog_fd is no descriptor
 *   EINVAL  it is no program of type SYSCALL that a context of 8 bytes suffices for; a size is
 *           wrong, or a flag unknown
 *   EFAULT  the mapping of such a map is not shared, readable and writable, or ends before the
 *           region does; or a pointer is wild
 */
#define ANYCALL_BIND _IOW(ANYCALL_IOC, 1, struct anycall_bind)

/*
 * Runs the bound program with the context { __u64 argument }; the argument is the ioctl's. Returns
 * the low 31 bits of what the program returns. Errors:
 *   ENOTCONN  not bound
 *   EPERM     another address space than the binding's, or a task whose system calls are filtered
 *             (seccomp, user dispatch), or audited or traced where the parameters of the module
 *             don't allow that
 *   EBUSY     a call on this binding is under way, or the caller is a program itself
 */
#define ANYCALL_CALL _IO(ANYCALL_IOC, 2)

#endif /* _UAPI_LINUX_ANYCALL_H */
