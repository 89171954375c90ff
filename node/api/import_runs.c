#include "api/import_runs.h"

#include <string.h>

#include "base/mem.h"

enum { GROW_FIRST = 65536 };
_Static_assert(HOUSEHOLD_MEMBERS_MAX <= 32, "a bit per member");

struct import_run {
    bool used;
    struct ident id;
    char system[IMPORT_SOURCE_MAX + 1];
    int64_t last_ms;
    uint64_t newest_involvement;
    uint64_t newest_household;
    uint8_t *named; /* a bit per involvement */
    size_t named_bytes;
    uint32_t *houses; /* per household: a bit per member */
    size_t house_count;
    struct import_close close;
};

struct import_runs {
    struct import_run runs[IMPORT_RUNS_MAX];
};

struct import_runs *import_runs_new(void)
{
    return mem_zalloc(sizeof(struct import_runs));
}

static void drop(struct import_run *run)
{
    mem_free(run->named);
    mem_free(run->houses);
    *run = (struct import_run){.used = false};
}

void import_runs_free(struct import_runs *runs)
{
    if (runs != NULL) {
        for (size_t i = 0; i < IMPORT_RUNS_MAX; i++) {
            drop(&runs->runs[i]);
        }
        mem_free(runs);
    }
}

struct import_run *import_run_find(struct import_runs *runs, const struct ident *id, const char *system, int64_t now)
{
    for (size_t i = 0; i < IMPORT_RUNS_MAX; i++) {
        struct import_run *run = &runs->runs[i];
        if (run->used && now - run->last_ms > IMPORT_RUN_IDLE_MS) {
            drop(run);
        }
        if (run->used && ident_equal(&run->id, id) && strcmp(run->system, system) == 0) {
            run->last_ms = now;
            return run;
        }
    }
    return NULL;
}

struct import_run *import_run_begin(struct import_runs *runs, const struct ident *id, const char *system,
                                    uint64_t newest_involvement, uint64_t newest_household, int64_t now)
{
    struct import_run *oldest = &runs->runs[0];
    for (size_t i = 1; i < IMPORT_RUNS_MAX && oldest->used; i++) {
        struct import_run *run = &runs->runs[i];
        if (!run->used || run->last_ms < oldest->last_ms) {
            oldest = run;
        }
    }
    drop(oldest);
    oldest->used = true;
    oldest->id = *id;
    memcpy(oldest->system, system, strnlen(system, IMPORT_SOURCE_MAX));
    oldest->last_ms = now;
    oldest->newest_involvement = newest_involvement;
    oldest->newest_household = newest_household;
    return oldest;
}

void import_run_end(struct import_run *run)
{
    drop(run);
}

struct import_close *import_run_close(struct import_run *run)
{
    return &run->close;
}

void import_run_alone(struct import_runs *runs, const struct import_run *run)
{
    for (size_t i = 0; i < IMPORT_RUNS_MAX; i++) {
        struct import_run *other = &runs->runs[i];
        if (other != run && strcmp(other->system, run->system) == 0) {
            drop(other);
        }
    }
}

/* Room for `index` in an array of `size` bytes a member, zeroed; doubled when it grows. */
static enum result grow(void **array, size_t *count, size_t size, uint64_t index, struct error *err)
{
    if (index < *count) {
        return RESULT_OK;
    }
    ENSURE(index <= IMPORT_ORDINALS_MAX, err, FAULT_TOO_LARGE, "", "een inleesrun onthoudt hoogstens %d registraties",
           IMPORT_ORDINALS_MAX);
    size_t wanted = *count != 0 ? *count : GROW_FIRST;
    while (wanted <= index) {
        wanted *= 2;
    }
    uint8_t *more = mem_array(wanted, size);
    ENSURE(more != NULL, err, FAULT_NO_MEMORY, "", "geen geheugen voor deze inleesrun");
    if (*count != 0) {
        memcpy(more, *array, *count * size);
    }
    mem_free(*array);
    *array = more;
    *count = wanted;
    return RESULT_OK;
}

enum result import_run_name(struct import_run *run, uint64_t involvement, struct error *err)
{
    void *array = run->named;
    ENSURE(involvement <= IMPORT_ORDINALS_MAX, err, FAULT_TOO_LARGE, "",
           "een inleesrun onthoudt hoogstens %d registraties", IMPORT_ORDINALS_MAX);
    const enum result result = grow(&array, &run->named_bytes, 1, involvement / 8, err);
    run->named = array;
    TRY(result);
    run->named[involvement / 8] |= (uint8_t)(1U << (involvement % 8));
    return RESULT_OK;
}

enum result import_run_lives_in(struct import_run *run, uint64_t household, size_t member, struct error *err)
{
    if (household == 0 || member >= HOUSEHOLD_MEMBERS_MAX) {
        return RESULT_OK;
    }
    void *array = run->houses;
    const enum result result = grow(&array, &run->house_count, sizeof *run->houses, household, err);
    run->houses = array;
    TRY(result);
    run->houses[household] |= UINT32_C(1) << member;
    return RESULT_OK;
}

bool import_run_named(const struct import_run *run, uint64_t involvement)
{
    return involvement > run->newest_involvement ||
           (involvement / 8 < run->named_bytes && (run->named[involvement / 8] >> (involvement % 8) & 1U) != 0);
}

bool import_run_lives(const struct import_run *run, uint64_t household, size_t member)
{
    return household > run->newest_household ||
           (household < run->house_count && (run->houses[household] >> member & 1U) != 0);
}
