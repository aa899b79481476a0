// SPDX-License-Identifier: GPL-2.0
/* Part of anycall-safety: filters, tracers and audit, which do not see a program's calls. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/netlink.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "safety.h"

/* ---- Filters ---- */

/* A filter that allows everything, for all threads. */
static int install_filter(void)
{
	struct sock_filter code[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	struct sock_fprog program = { 1, code };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
}

static int call_filtered(void)
{
	int binding = bind_program("parent");

	if (install_filter())
		return 100;
	return -anycall_call(binding, 0);
}

static void *filter_soon(void *unused)
{
	usleep(200000);
	return (void *)(long)install_filter();
}

/* The filter comes while the program runs: of its 400 naps of 10 ms most are refused. */
static int call_filtered_meanwhile(void)
{
	int binding = bind_program("naps");
	pthread_t thread;
	double from = now();
	void *failed;
	long refused;

	pthread_create(&thread, NULL, filter_soon, NULL);
	refused = run(binding, 0, 0);
	pthread_join(thread, &failed);
	if (failed || refused < 200 || refused == 400 || now() - from > 2)
		return 100;
	return -anycall_call(binding, 0);
}

/* Where system calls are dispatched to user space, by a selector that says "allow". */
static int call_dispatched(void)
{
	static char selector = SYSCALL_DISPATCH_FILTER_ALLOW;
	int binding = bind_program("parent");

	if (prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, 0, 0, &selector))
		return 100;
	return -anycall_call(binding, 0);
}

static int call_landlocked(void)
{
	struct landlock_ruleset_attr rules = { .handled_access_fs = LANDLOCK_ACCESS_FS_READ_FILE };
	int descriptor = bind_program("open_data"), handle = bind_program("hold_data");
	int fd = syscall(SYS_landlock_create_ruleset, &rules, sizeof(rules), 0);

	memcpy(anycall_object_buffer(&object, "data", NULL), "/etc/passwd", 11);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (fd < 0 || syscall(SYS_landlock_restrict_self, fd, 0))
		return 100;
	if (open("/etc/passwd", O_RDONLY) >= 0 || errno != EACCES)
		return 101;
	return run(descriptor, 11, 0) == -EACCES && run(handle, 11, 0) == -EACCES ? 0 : 1;
}

void test_filters(void)
{
	long found = in_child(call_filtered);

	check("a task that comes under a seccomp filter after binding is EPERM", found == EPERM, found);
	found = in_child(call_filtered_meanwhile);
	check("a filter that comes while a program runs stops its calls", found == EPERM, found);
	found = in_child(call_dispatched);
	check("a task with syscall user dispatch is EPERM", found == EPERM, found);
	found = in_child(call_landlocked);
	check("Landlock holds inside programs as natively", found == 0, found);
}

/* ---- Tracers ---- */

#define TRACEPOINT "/tmp/tracing/events/raw_syscalls/sys_enter/enable"

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return written;
}

static int call_parent(void)
{
	return -anycall_call(bind_program("parent"), 0);
}

static void test_tracepoints(void)
{
	long found = -1;

	mkdir("/tmp/tracing", 0700);
	mount("tracefs", "/tmp/tracing", "tracefs", 0, NULL);
	if (write_file(TRACEPOINT, "1"))
		found = in_child(call_parent);
	check("with the tracepoint raw_syscalls:sys_enter on a task is EPERM", found == EPERM, found);
	set_parameter("allow_traced", "Y");
	found = in_child(call_parent);
	check("but runs where the parameter allows", found == 0, found);
	set_parameter("allow_traced", "N");
	write_file(TRACEPOINT, "0");
	found = in_child(call_parent);
	check("and when the tracepoint is off again", found == 0, found);
	umount("/tmp/tracing");
}

/* A child that stops at its system calls; what the module answered is its exit code. */
static int call_traced(void)
{
	int status, pid = fork();

	if (!pid) {
		int binding = bind_program("parent");

		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		_exit(-anycall_call(binding, 0));
	}
	for (waitpid(pid, &status, 0); WIFSTOPPED(status); waitpid(pid, &status, 0))
		ptrace(PTRACE_SYSCALL, pid, 0, 0);
	return WEXITSTATUS(status);
}

void test_tracers(void)
{
	long found = call_traced();

	check("a traced task is EPERM", found == EPERM, found);
	set_parameter("allow_traced", "Y");
	found = call_traced();
	check("a traced task runs where the parameter allows", found == 0, found);
	set_parameter("allow_traced", "N");
	test_tracepoints();
}

/* ---- Audit ---- */

/* As auditctl -e 1. */
static bool enable_audit(void)
{
	struct { struct nlmsghdr header; struct audit_status status; } message = {
		.header = { .nlmsg_len = sizeof(message), .nlmsg_type = AUDIT_SET, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
		.status = { .mask = AUDIT_STATUS_ENABLED, .enabled = 1 },
	};
	struct { struct nlmsghdr header; struct nlmsgerr error; char rest[256]; } answer = { 0 };
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT);
	bool done = fd >= 0 && send(fd, &message, sizeof(message), 0) == sizeof(message) && recv(fd, &answer, sizeof(answer), 0) > 0 &&
		    answer.header.nlmsg_type == NLMSG_ERROR && !answer.error.error;

	close(fd);
	return done;
}

void test_audit(void)
{
	long found = -1;

	/* Tasks that are made from now on have an audit context. */
	if (enable_audit())
		found = in_child(call_parent);
	check("an audited task is EPERM", found == EPERM, found);
	set_parameter("allow_audited", "Y");
	found = in_child(call_parent);
	check("an audited task runs where the parameter allows", found == 0, found);
	set_parameter("allow_audited", "N");
}
