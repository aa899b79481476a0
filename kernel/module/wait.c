// SPDX-License-Identifier: GPL-2.0
/*
 * The longest time one system call of a program may sleep. A program sleeps with migration disabled
 * and inside an RCU tasks trace read section, which holds up the freeing of every sleepable BPF
 * program on the machine: so no wait is endless. A watchdog looks at the calls under way and wakes
 * those that are over their time as a signal would; they end with -ETIMEDOUT.
 */
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include "anycall.h"

/* How exact the limit is. */
#define PERIOD (HZ / 10)

/*
 * What anycall_binding.deadline is: none, jiffies made at least FIRST_DEADLINE, or what the
 * watchdog does about it.
 */
#define FIRING 1
#define FIRED 2
#define FIRST_DEADLINE 4

static unsigned long max_wait = 10 * HZ;

static LIST_HEAD(watched);
static DEFINE_MUTEX(watched_lock);
static void look(struct work_struct *work);
static DECLARE_DELAYED_WORK(watchdog, look);

/* Ends the sleep of a task as a signal does, without one. */
static void interrupt(struct task_struct *task)
{
	struct wait_queue_entry entry = { .private = task };

	if (!test_and_set_tsk_thread_flag(task, TIF_NOTIFY_SIGNAL) &&
	    !default_wake_function(&entry, TASK_INTERRUPTIBLE, 0, NULL))
		kick_process(task);
}

static void look(struct work_struct *work)
{
	struct anycall_binding *b;

	mutex_lock(&watched_lock);
	list_for_each_entry(b, &watched, list) {
		unsigned long deadline = READ_ONCE(b->deadline);

		if (deadline < FIRST_DEADLINE || !time_after(jiffies, deadline))
			continue;
		/*
		 * The task can't leave the call between the two, and so is there: see
		 * anycall_wait_end().
		 */
		preempt_disable();
		if (cmpxchg(&b->deadline, deadline, FIRING) == deadline) {
			interrupt(b->task);
			/* take_deadline() waits for it: nothing of the task is touched after. */
			smp_store_release(&b->deadline, FIRED);
		}
		preempt_enable();
	}
	if (!list_empty(&watched))
		schedule_delayed_work(&watchdog, PERIOD);
	mutex_unlock(&watched_lock);
}

/* A binding is watched from its making to its end. */
void anycall_watch(struct anycall_binding *b)
{
	mutex_lock(&watched_lock);
	list_add(&b->list, &watched);
	mutex_unlock(&watched_lock);
	schedule_delayed_work(&watchdog, PERIOD);
}

void anycall_unwatch(struct anycall_binding *b)
{
	mutex_lock(&watched_lock);
	list_del(&b->list);
	mutex_unlock(&watched_lock);
}

/* From here on the current task may sleep for a system call of the program. */
void anycall_wait_begin(struct anycall_binding *b)
{
	b->task = current;
	/* The watchdog reads the task only after it has seen this. */
	smp_store_release(&b->deadline, (jiffies + READ_ONCE(max_wait)) | FIRST_DEADLINE);
}

/*
 * True if the system call was interrupted by something else than a signal or the watchdog: by work
 * for the task (io_uring, live patching), after which a native call would be restarted. The work is
 * done then.
 */
bool anycall_wait_again(struct anycall_binding *b, long result)
{
	if (likely(result != -ERESTARTSYS && result != -ERESTARTNOINTR &&
		   result != -ERESTARTNOHAND))
		return false;
	if (task_sigpending(current) || READ_ONCE(b->deadline) < FIRST_DEADLINE)
		return false;
	if (!test_and_clear_thread_flag(TIF_NOTIFY_SIGNAL))
		return false;
	anycall_run_task_works();
	return true;
}

/* True if the watchdog woke the task. */
static bool take_deadline(struct anycall_binding *b)
{
	unsigned long deadline = xchg(&b->deadline, 0);

	if (likely(deadline >= FIRST_DEADLINE))
		return false;
	if (deadline == FIRING) {
		/* Pairs with the watchdog's release: its wake-up came before. */
		while (smp_load_acquire(&b->deadline) != FIRED)
			cpu_relax();
		WRITE_ONCE(b->deadline, 0);
	}
	return true;
}

/*
 * The system call is over: its result, as a program is to see it. No restart is left to be made,
 * since nobody would make it.
 */
long anycall_wait_end(struct anycall_binding *b, long result)
{
	bool expired = take_deadline(b);

	if (unlikely(expired && !task_sigpending(current)))
		clear_thread_flag(TIF_NOTIFY_SIGNAL);
	switch (result) {
	case -EINTR:
	case -ERESTARTSYS:
	case -ERESTARTNOINTR:
	case -ERESTARTNOHAND:
	case -ERESTART_RESTARTBLOCK:
		return expired ? -ETIMEDOUT : -EINTR;
	}
	return result;
}

void anycall_wait_exit(void)
{
	cancel_delayed_work_sync(&watchdog);
}

static int set_max_wait(const char *value, const struct kernel_param *param)
{
	int error = param_set_uint(value, param);

	if (!error)
		WRITE_ONCE(max_wait, msecs_to_jiffies(anycall_max_wait_ms));
	return error;
}

static const struct kernel_param_ops max_wait_ops = { .set = set_max_wait, .get = param_get_uint };

unsigned int anycall_max_wait_ms = 10000;
module_param_cb(max_wait_ms, &max_wait_ops, &anycall_max_wait_ms, 0644);
__MODULE_PARM_TYPE(max_wait_ms, "uint");
MODULE_PARM_DESC(max_wait_ms,
		 "Longest time in ms that a system call of a program may sleep (default 10000)");
