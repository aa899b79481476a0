// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/anycall: bindings and calls (uapi/anycall.h). Owns who may run a bound program and on which
 * memory; what a program does is the verifier's and the kernel functions' business.
 */
#include <linux/filter.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/rcupdate_trace.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "anycall.h"

static long call(struct file *file, unsigned long argument)
{
	/* A binding, once it is there, stays until the file is released. */
	struct anycall_binding *b = READ_ONCE(file->private_data);
	struct bpf_run_ctx *outer;
	u64 context = argument;
	u32 result;

	if (unlikely(!b))
		return -ENOTCONN;
	if (unlikely(current->mm != b->mm || anycall_task_refused()))
		return -EPERM;
	if (unlikely(current->bpf_ctx || test_and_set_bit_lock(0, &b->busy)))
		return -EBUSY;
	/*
	 * The program may close the descriptor that this call was made through, which no native
	 * call can do to itself and which ioctl() therefore holds no reference against.
	 */
	get_file(file);
	outer = bpf_set_run_ctx(&b->run_ctx);
	rcu_read_lock_trace();
	result = bpf_prog_run_pin_on_cpu(b->prog, &context);
	rcu_read_unlock_trace();
	bpf_reset_run_ctx(outer);
	clear_bit_unlock(0, &b->busy);
	fput(file);
	return result & INT_MAX;
}

static long info(struct anycall_info __user *to)
{
	struct anycall_info answer = {
		.interface = ANYCALL_INTERFACE,
		.routes = ANYCALL_ROUTE_DIRECT | (anycall_entry_works() ? ANYCALL_ROUTE_ENTRY : 0) |
			  (anycall_sync_works() ? ANYCALL_ROUTE_SYNC : 0),
		.max_wait_ms = READ_ONCE(anycall_max_wait_ms),
		.max_regions = ANYCALL_MAX_REGIONS,
	};

	return copy_to_user(to, &answer, sizeof(answer)) ? -EFAULT : 0;
}

/*
 * The map of the program that this file is a descriptor of; NULL if it is none. The program holds
 * its maps.
 */
static struct bpf_map *find_map(const struct bpf_prog *prog, const struct file *file)
{
	unsigned int i;

	for (i = 0; file && i < prog->aux->used_map_cnt; i++)
		if (file->private_data == prog->aux->used_maps[i])
			return prog->aux->used_maps[i];
	return NULL;
}

/*
 * Adds the view that a region gives, if it is of a map of the program. Called with the mmap lock
 * held.
 */
static int add_view(struct anycall_binding *b, const struct anycall_region *region)
{
	struct vm_area_struct *vma = find_vma(current->mm, region->address);
	unsigned long offset, size;
	struct bpf_map *map;
	u64 value;

	if (!vma || vma->vm_start > region->address)
		return -EFAULT;
	map = find_map(b->prog, vma->vm_file);
	if (!map || map->map_type != BPF_MAP_TYPE_ARRAY || !(map->map_flags & BPF_F_MMAPABLE))
		return 0;
	if ((vma->vm_flags & (VM_SHARED | VM_READ | VM_WRITE)) != (VM_SHARED | VM_READ | VM_WRITE))
		return -EFAULT;
	if (region->size > vma->vm_end - region->address ||
	    map->ops->map_direct_value_addr(map, &value, 0))
		return -EFAULT;
	offset = (vma->vm_pgoff << PAGE_SHIFT) + (region->address - vma->vm_start);
	size = PAGE_ALIGN((unsigned long)map->value_size * map->max_entries);
	if (offset > size || region->size > size - offset)
		return -EFAULT;
	b->view[b->views++] = (struct anycall_view){ .kernel = value + offset,
						     .user = region->address,
						     .size = region->size };
	return 0;
}

static int bind_region(struct anycall_binding *b, const struct anycall_region *region)
{
	int error;

	if (!region->size)
		return -EINVAL;
	mmap_read_lock(current->mm);
	error = add_view(b, region);
	mmap_read_unlock(current->mm);
	return error;
}

static int bind_regions(struct anycall_binding *b, const struct anycall_bind *wanted)
{
	const struct anycall_region __user *from = u64_to_user_ptr(wanted->regions);
	struct anycall_region region;
	unsigned int i;
	int error;

	for (i = 0; i < wanted->region_count; i++) {
		if (copy_from_user(&region, &from[i], sizeof(region)))
			return -EFAULT;
		error = bind_region(b, &region);
		if (error)
			return error;
	}
	return 0;
}

static void free_binding(struct anycall_binding *b)
{
	if (b->prog)
		bpf_prog_put(b->prog);
	if (b->mm)
		mmdrop(b->mm);
	kfree(b->path);
	kfree(b);
}

static struct anycall_binding *make_binding(const struct anycall_bind *wanted)
{
	struct anycall_binding *b = kzalloc(sizeof(*b), GFP_KERNEL_ACCOUNT);
	struct bpf_prog *prog;
	int error;

	if (!b)
		return ERR_PTR(-ENOMEM);
	INIT_LIST_HEAD(&b->list);
	b->fs.users = 1;
	spin_lock_init(&b->fs.lock);
	seqcount_spinlock_init(&b->fs.seq, &b->fs.lock);
	b->path = kmalloc(PATH_MAX, GFP_KERNEL_ACCOUNT);
	prog = bpf_prog_get_type_dev(wanted->prog_fd, BPF_PROG_TYPE_SYSCALL, false);
	error = PTR_ERR_OR_ZERO(prog);
	if (!error)
		b->prog = prog;
	if (!error && !b->path)
		error = -ENOMEM;
	if (!error && b->prog->aux->max_ctx_offset > sizeof(u64))
		error = -EINVAL;
	if (!error) {
		mmgrab(current->mm);
		b->mm = current->mm;
		b->scratch = wanted->scratch;
		error = bind_regions(b, wanted);
	}
	if (error) {
		free_binding(b);
		return ERR_PTR(error);
	}
	return b;
}

static long bind(struct file *file, const struct anycall_bind __user *from)
{
	struct anycall_bind wanted;
	struct anycall_binding *b;
	unsigned int views;

	if (copy_from_user(&wanted, from, sizeof(wanted)))
		return -EFAULT;
	if (wanted.flags || wanted.region_count > ANYCALL_MAX_REGIONS ||
	    wanted.scratch_size < ANYCALL_SCRATCH)
		return -EINVAL;
	if (!access_ok(u64_to_user_ptr(wanted.scratch), ANYCALL_SCRATCH))
		return -EFAULT;
	b = make_binding(&wanted);
	if (IS_ERR(b))
		return PTR_ERR(b);
	views = b->views;
	anycall_watch(b);
	if (cmpxchg(&file->private_data, NULL, b)) {
		anycall_unwatch(b);
		free_binding(b);
		return -EBUSY;
	}
	return views;
}

static long anycall_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	if (likely(command == ANYCALL_CALL))
		return call(file, argument);
	switch (command) {
	case ANYCALL_INFO:
		return info((struct anycall_info __user *)argument);
	case ANYCALL_BIND:
		return bind(file, (const struct anycall_bind __user *)argument);
	}
	return -ENOTTY;
}

static int anycall_open_device(struct inode *inode, struct file *file)
{
	file->private_data = NULL;
	return 0;
}

static int anycall_release_device(struct inode *inode, struct file *file)
{
	struct anycall_binding *b = file->private_data;

	if (b) {
		anycall_unwatch(b);
		free_binding(b);
	}
	return 0;
}

static const struct file_operations operations = {
	.owner = THIS_MODULE,
	.open = anycall_open_device,
	.release = anycall_release_device,
	.unlocked_ioctl = anycall_ioctl,
	.llseek = noop_llseek,
};

static unsigned int mode = 0600;
module_param(mode, uint, 0444);
MODULE_PARM_DESC(mode, "Permissions of /dev/anycall (default 0600: root only)");

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "anycall",
	.fops = &operations,
};

int anycall_device_init(void)
{
	device.mode = mode & 0777;
	return misc_register(&device);
}

void anycall_device_exit(void)
{
	misc_deregister(&device);
}
