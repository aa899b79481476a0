// SPDX-License-Identifier: GPL-2.0
/* The list of kernel functions that BPF programs of type SYSCALL may call. */
#include <linux/bpf.h>
#include <linux/init.h>
#include <linux/module.h>
#include "anycall.h"
#include "table.generated.h"

BTF_KFUNCS_START(anycall_kfunc_ids)
ANYCALL_KFUNCS
BTF_KFUNCS_END(anycall_kfunc_ids)

static const struct btf_kfunc_id_set anycall_kfunc_set = {
	.owner = THIS_MODULE,
	.set = &anycall_kfunc_ids,
};

int __init anycall_kfuncs_init(void)
{
	return register_btf_kfunc_id_set(BPF_PROG_TYPE_SYSCALL, &anycall_kfunc_set);
}
