// SPDX-License-Identifier: GPL-2.0
/*
 * The longest time one system call of a program may sleep. A program sleeps with migration disabled and inside an RCU tasks
 * trace read section, which holds up the freeing of every sleepable BPF program on the machine: so no wait is endless. A
 * watchdog looks at the calls under way and wakes those that are over their time as a signal would; they end with -ETIMEDOUT.
 */
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include "anycall.h"

/* How exact the limit is. */
#define PERIOD (HZ / 10)

static LIST_HEAD(watched);
static DEFINE_MUTEX(watched_lock);
static void look(struct work_struct *work);
static DECLARE_DELAYED_WORK(watchdog, look);

/* Ends the sleep of a task as a signal does, without one. */
static void interrupt(struct task_struct *task)
{
	struct wait_queue_entry entry = { .private = task };

	if (!test_and_set_tsk_thread_flag(task, TIF_NOTIFY_SIGNAL) && !default_wake_function(&entry, TASK_INTERRUPTIBLE, 0, NULL))
		kick_process(task);
}

static void look(struct work_struct *work)
{
	struct anycall_binding *b;

	mutex_lock(&watched_lock);
	list_for_each_entry(b, &watched, list) {
		if (!READ_ONCE(b->deadline))
			continue;
		spin_lock(&b->lock);
		if (b->deadline && time_after(jiffies, b->deadline) && !b->expired) {
			b->expired = true;
			interrupt(b->task);
		}
		spin_unlock(&b->lock);
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
	unsigned long deadline = jiffies + msecs_to_jiffies(READ_ONCE(anycall_max_wait_ms));

	/* 0 stands for none. The watchdog reads the rest only after it has seen this. */
	b->task = current;
	smp_store_release(&b->deadline, deadline | 1);
}

/* The system call is over: its result, as a program is to see it. No restart is left to be made, since nobody would make it. */
long anycall_wait_end(struct anycall_binding *b, long result)
{
	bool expired;

	spin_lock(&b->lock);
	b->deadline = 0;
	expired = b->expired;
	b->expired = false;
	spin_unlock(&b->lock);

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
