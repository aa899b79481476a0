// SPDX-License-Identifier: GPL-2.0
/*
 * Where a program's memory is in the caller's address space. A program only ever names memory that
 * the BPF verifier checked; what lies in a bound map has a user address too, and that is what the
 * kernel's own entry is given. The pages behind it may have been unmapped or replaced by the caller
 * meanwhile: the entry copes with that as it does with any user address.
 */
#include <linux/string.h>
#include <linux/uaccess.h>
#include "anycall.h"

static const struct anycall_view *view_of(const struct anycall_binding *b, unsigned long memory,
					  unsigned long size)
{
	unsigned int i;

	for (i = 0; i < b->views; i++) {
		const struct anycall_view *view = &b->view[i];
		unsigned long offset = memory - view->kernel;

		if (offset <= view->size && size <= view->size - offset)
			return view;
	}
	return NULL;
}

/*
 * User address of `size` bytes of the program's memory; NULL for NULL; ANYCALL_NOWHERE if they are
 * in no bound map.
 */
unsigned long anycall_user(const struct anycall_binding *b, const void *memory, u32 size)
{
	const struct anycall_view *view;

	if (!memory)
		return 0;
	view = view_of(b, (unsigned long)memory, size);
	return view ? view->user + ((unsigned long)memory - view->kernel) : ANYCALL_NOWHERE;
}

/*
 * User address of a path that ends at its first NUL or after `size` bytes. One without a NUL is
 * copied to place `slot` of the scratch memory, unless it is too long for a path anyway.
 */
unsigned long anycall_user_path(const struct anycall_binding *b, unsigned int slot,
				const void *path, u32 size)
{
	unsigned long user = anycall_user(b, path, size);
	unsigned long scratch = b->scratch + slot * PATH_MAX;

	if (!user || user == ANYCALL_NOWHERE || size >= PATH_MAX)
		return user;
	/* Where it ends there may be a NUL already; one before that will do as well. */
	if (view_of(b, (unsigned long)path, size + 1) &&
	    READ_ONCE(((const char *)path)[size]) == '\0')
		return user;
	if (strnlen(path, size) < size)
		return user;
	if (copy_to_user((void __user *)scratch, path, size) ||
	    put_user('\0', (char __user *)scratch + size))
		return ANYCALL_NOWHERE;
	return scratch;
}

/*
 * Copies such a path to b->path, where the caller can't change it any more. 0; -EFAULT for NULL,
 * -ENAMETOOLONG as getname() does.
 */
long anycall_kernel_path(const struct anycall_binding *b, const void *path, u32 size)
{
	if (!path)
		return -EFAULT;
	if (unlikely(size >= PATH_MAX)) {
		size = strnlen(path, PATH_MAX);
		if (size == PATH_MAX)
			return -ENAMETOOLONG;
	}
	memcpy(b->path, path, size);
	b->path[size] = '\0';
	return 0;
}
