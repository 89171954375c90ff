/* Which tasks are open, in memory: the store finds a task by its id alone, and keeps those that ended for as long as they are
 * kept. As of the last look at all (tasks_due.c), and who came since; who ended since is in it until the next. */
#include "api/tasks_parts.h"

#include <string.h>

#include "audit/watch_window.h"
#include "base/bytes.h"
#include "base/mem.h"

enum { FIRST_ROOM = 64 };

/* Partners choose the ids of what they give: without the salt they could choose where these lie. Never 0. */
static uint64_t key_of(uint64_t salt, const struct ident *id)
{
    return watch_mix(bytes_get_u64(id->bytes) ^ salt, bytes_get_u64(id->bytes + 8));
}

static bool room_for_one(struct tasks_live *live)
{
    if (live->count == live->room) {
        const size_t room = live->room != 0 ? live->room * 2 : FIRST_ROOM;
        struct ident *larger = room < UINT32_MAX ? mem_realloc(live->ids, room * sizeof *larger) : NULL;
        if (larger == NULL) {
            return false;
        }
        live->ids = larger;
        live->room = room;
    }
    return watch_table_reserve(&live->by_id, 1);
}

void tasks_live_add(struct tasks_live *live, uint64_t salt, const struct ident *id)
{
    uint32_t place = 0;
    const uint64_t key = key_of(salt, id);
    if (watch_table_get(&live->by_id, key, &place)) {
        live->lacks = live->lacks || !ident_equal(&live->ids[place], id); /* two of one key */
    } else if (!room_for_one(live)) {
        live->lacks = true;
    } else {
        watch_table_put(&live->by_id, key, (uint32_t)live->count);
        live->ids[live->count++] = *id;
    }
}

void tasks_live_drop(struct tasks_live *live)
{
    watch_table_free(&live->by_id);
    mem_free(live->ids);
    memset(live, 0, sizeof *live);
}

bool tasks_open_ones(const struct tasks *tasks, struct ident **ids, size_t *count)
{
    if (tasks == NULL || !tasks->figures.known || tasks->live.lacks) {
        return false;
    }
    *ids = mem_array(tasks->live.count + 1, sizeof **ids);
    if (*ids == NULL) {
        return false;
    }
    *count = tasks->live.count;
    if (*count != 0) {
        memcpy(*ids, tasks->live.ids, *count * sizeof **ids);
    }
    return true;
}
