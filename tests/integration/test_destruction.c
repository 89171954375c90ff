/*
 * A destruction that is killed (SIGKILL) at each of its steps on the disk in turn, one run a step: whatever stands there
 * after it, a key is never gone without its record, and the next start finishes what was recorded.
 */
#include "unit/audit/retention_rig.h"

#include <dirent.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api/ending.h"

enum { STEPS_MAX = 400 };

/* ---- the steps: what makes something durable or takes it away ---- */

static atomic_int steps_left = -1; /* negative: nothing is counted */

static void step(void)
{
    if (atomic_load(&steps_left) >= 0 && atomic_fetch_sub(&steps_left, 1) == 0) {
        (void)raise(SIGKILL);
    }
}

/* These stand before the C library's, for the node's code as for SQLite. */
int fsync(int fd)
{
    step();
    return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    step();
    return (int)syscall(SYS_fdatasync, fd);
}

int unlinkat(int folder, const char *name, int flags)
{
    step();
    return (int)syscall(SYS_unlinkat, folder, name, flags);
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
    step();
    return (int)syscall(SYS_linkat, from_folder, from, to_folder, to, flags);
}

/* ---- the child: destroys as the node does ---- */

static void ended(void *ctx, const struct error *err)
{
    *(int *)ctx = err == NULL ? 0 : 1;
}

static void child_main(struct rig *rig, int step_of_death)
{
    int code = 2;
    struct error err = {0};
    struct record record = {.age = 255};
    rig_start(rig);
    struct api api = {.door = rig->world.door,
                      .keyring = rig->world.keyring,
                      .audit = rig->audit,
                      .clock = &rig->clock,
                      .loop = &rig->world.loop};
    struct ending *e = ending_new(&api);
    if (e == NULL) {
        _exit(3);
    }
    ending_add_all_over(e);
    atomic_store(&steps_left, step_of_death);
    if (ending_begin(e, &record, ended, &code, &err) != RESULT_OK) {
        _exit(4);
    }
    while (api.calls != 0) {
        (void)uv_run(&rig->world.loop, UV_RUN_ONCE);
    }
    _exit(code);
}

/* ---- the parent ---- */

static void prepare(struct rig *rig)
{
    struct error err;
    struct record record = {.age = 255};
    rig_write(rig, 1, "wordt vernietigd");
    rig_write(rig, 1, "wordt vastgehouden");
    const struct rig_read r = rig_read(rig, 2);
    assert_int_equal(seal_hold_place(rig->world.keyring, &r.hold, &err), RESULT_OK);
    struct store_batch *batch = store_batch_new(rig->world.door);
    assert_int_equal(audit_append_hold(rig->audit, batch, &record, 2, true, slice_text("een procedure"), &err),
                     RESULT_OK);
    assert_int_equal(world_commit(&rig->world, batch), FAULT_NONE);
    rig->now += 80 * DAY_MS;
    rig_write(rig, 1, "van nu");
}

static size_t files_of_keys(const struct rig *rig)
{
    size_t count = 0;
    DIR *folder = opendir(rig->world.keys);
    assert_non_null(folder);
    for (const struct dirent *e = readdir(folder); e != NULL; e = readdir(folder)) {
        count += strncmp(e->d_name, "logsleutels-", 12) == 0;
    }
    (void)closedir(folder);
    return count;
}

/* Gives whether the destruction had been recorded. */
static bool look(struct rig *rig)
{
    assert_int_equal(rig->refused, FAULT_NONE);
    const struct audit_findings found = audit_findings(rig->audit);
    const bool recorded = rig_class(rig, november_1).state == AUDIT_KEY_DESTROYED;
    assert_int_equal(found.missing, 0);
    assert_int_equal(found.unfinished, 0);
    assert_int_equal(found.holds, 1);
    assert_int_equal(found.holds_missing + found.holds_unrecorded, 0);
    assert_int_equal(rig_key_there(rig, november_1), !recorded);
    assert_int_equal(rig_read(rig, 1).fault, recorded ? FAULT_NOT_FOUND : FAULT_NONE);
    assert_string_equal(rig_read(rig, 2).text, "wordt vastgehouden");
    assert_int_equal(rig_read(rig, rig_size(rig) - 1).record.operation, recorded ? RECORD_KEY_DESTROYED : RECORD_READ);
    assert_int_equal(files_of_keys(rig), 2);
    return recorded;
}

/* One run that dies at this step; false: it came to its end. */
static bool run_until(int step_of_death, bool *recorded)
{
    struct rig *rig = rig_make();
    int status = 0;
    prepare(rig);
    rig_stop(rig);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        child_main(rig, step_of_death);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    assert_true(killed || (WIFEXITED(status) && WEXITSTATUS(status) == 0));
    struct error err;
    keyring_close(rig->world.keyring);
    assert_int_equal(keyring_open(rig->world.keys, &rig->world.keyring, &err), RESULT_OK);
    rig->world.options.keyring = rig->world.keyring;
    rig_start(rig);
    *recorded = look(rig);
    rig_drop(rig);
    return killed;
}

static void killed_at_any_step_no_key_is_gone_without_its_record(void **state)
{
    (void)state;
    int before = 0;
    int after = 0;
    int at = 0;
    for (bool killed = true; killed; at++) {
        bool recorded = false;
        assert_true(at < STEPS_MAX);
        killed = run_until(at, &recorded);
        before += killed && !recorded;
        after += killed && recorded;
        assert_true(killed || recorded);
    }
    /* Both sides of the record were met, and each step of the key folder after it. */
    print_message("%d steps: %d before the record, %d after it\n", at, before, after);
    assert_true(before >= 1);
    assert_true(after >= 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_at_any_step_no_key_is_gone_without_its_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
