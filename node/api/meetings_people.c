/* Which matches there are of a person, in memory: the store finds one by itself and by the partner's spoor. All are read once,
 * when it is first asked for; from then on each that is made is put down before its commit, and is passed over until it is
 * there. */
#include "api/meetings.h"

#include "api/meetings_parts.h"
#include "audit/watch_table.h"
#include "base/bytes.h"
#include "base/mem.h"

enum { FIRST_ROOM = 64, NONE = 0 };

struct entry {
    struct ident match;
    uint32_t next; /* of the person, or of the free ones: place + 1; NONE */
};

struct meetings_people {
    struct watch_table first; /* by person: place + 1 */
    struct entry *all;
    size_t used, room;
    size_t count;  /* without the free ones */
    uint32_t free; /* place + 1; NONE */
};

/* Ids are random; a key is never 0. Two people of one key share a chain. */
static uint64_t key_of(const struct ident *subject)
{
    return bytes_get_u64(subject->bytes) | 1U;
}

static void drop_all(struct meetings_people *people)
{
    watch_table_free(&people->first);
    mem_free(people->all);
    mem_free(people);
}

void meetings_close(struct api *api)
{
    if (api->matches != NULL) {
        drop_all(api->matches);
        api->matches = NULL;
    }
}

static bool room_for_one(struct meetings_people *people)
{
    if (people->free == NONE && people->used == people->room) {
        const size_t room = people->room != 0 ? people->room * 2 : FIRST_ROOM;
        struct entry *larger = room < UINT32_MAX ? mem_realloc(people->all, room * sizeof *larger) : NULL;
        if (larger == NULL) {
            return false;
        }
        people->all = larger;
        people->room = room;
    }
    return watch_table_reserve(&people->first, 1);
}

static uint32_t first_of(const struct meetings_people *people, const struct ident *subject)
{
    uint32_t first = NONE;
    (void)watch_table_get(&people->first, key_of(subject), &first);
    return first;
}

static uint32_t free_place(struct meetings_people *people)
{
    const uint32_t place = people->free;
    if (place == NONE) {
        return (uint32_t)++people->used;
    }
    people->free = people->all[place - 1].next;
    return place;
}

/* Behind those of the person that there are: in order of entry. One whose commit failed may come again. */
static enum result add(struct meetings_people *people, const struct ident *subject, const struct ident *match,
                       struct error *err)
{
    uint32_t last = NONE;
    for (uint32_t at = first_of(people, subject); at != NONE; at = people->all[at - 1].next) {
        if (ident_equal(&people->all[at - 1].match, match)) {
            return RESULT_OK;
        }
        last = at;
    }
    ENSURE(room_for_one(people), err, FAULT_NO_MEMORY, "matches", "geen geheugen");
    const uint32_t place = free_place(people);
    people->all[place - 1] = (struct entry){.match = *match};
    people->count++;
    if (last != NONE) {
        people->all[last - 1].next = place;
    } else {
        watch_table_put(&people->first, key_of(subject), place);
    }
    return RESULT_OK;
}

/* ---- all that there are ---- */

static bool is_of_somebody(const struct meeting *meeting)
{
    static const struct ident nobody = {{0}};
    return !ident_equal(&meeting->subject, &nobody); /* else: that a spoor is over */
}

static enum result note(void *ctx, const struct meeting_row *row, struct error *err)
{
    return is_of_somebody(&row->meeting) ? add(ctx, &row->meeting.subject, &row->id, err) : RESULT_OK;
}

static enum result read_all(struct api *api, struct error *err)
{
    if (api->matches != NULL) {
        return RESULT_OK;
    }
    struct meetings_people *people = mem_zalloc(sizeof *people);
    ENSURE(people != NULL, err, FAULT_NO_MEMORY, "matches", "geen geheugen");
    if (meetings_each(api, note, people, err) != RESULT_OK) {
        drop_all(people);
        return RESULT_FAILED;
    }
    api->matches = people;
    return RESULT_OK;
}

enum result meetings_people_add(struct api *api, const struct meeting_row *row, struct error *err)
{
    TRY(read_all(api, err));
    return note(api->matches, row, err);
}

void meetings_people_drop(struct api *api, const struct ident *subject, const struct ident *match)
{
    struct meetings_people *people = api->matches;
    uint32_t place = people != NULL ? first_of(people, subject) : NONE;
    uint32_t before = NONE;
    while (place != NONE && !ident_equal(&people->all[place - 1].match, match)) {
        before = place;
        place = people->all[place - 1].next;
    }
    if (place == NONE) {
        return;
    }
    struct entry *entry = &people->all[place - 1];
    if (before != NONE) {
        people->all[before - 1].next = entry->next;
    } else if (entry->next != NONE) {
        watch_table_put(&people->first, key_of(subject), entry->next);
    } else {
        watch_table_remove(&people->first, key_of(subject));
    }
    *entry = (struct entry){.next = people->free};
    people->free = place;
    people->count--;
}

/* ---- those of one ---- */

struct of_person {
    const struct ident *subject;
    meetings_each_fn *each;
    void *ctx;
};

static enum result if_his(void *ctx, const struct meeting_row *row, struct error *err)
{
    const struct of_person *of = ctx;
    return ident_equal(&row->meeting.subject, of->subject) ? of->each(of->ctx, row, err) : RESULT_OK;
}

/* `each` NULL: can they be read? */
static enum result see_each(struct api *api, uint32_t place, struct of_person *of, struct error *err)
{
    enum result result = RESULT_OK;
    while (place != NONE && result == RESULT_OK) {
        struct meeting_row row;
        const struct ident match = api->matches->all[place - 1].match;
        result = meetings_get(api, &match, &row, err);
        if (result == RESULT_OK && row.version != 0 && of->each != NULL) {
            result = if_his(of, &row, err);
        }
        mem_wipe(&row, sizeof row);
        place = api->matches->all[place - 1].next;
    }
    return result;
}

enum result meetings_each_of(struct api *api, const struct ident *subject, meetings_each_fn *each, void *ctx,
                             struct error *err)
{
    struct of_person of = {.subject = subject};
    TRY(read_all(api, err));
    const uint32_t first = first_of(api->matches, subject);
    const bool readable = see_each(api, first, &of, err) == RESULT_OK;
    of.each = each;
    of.ctx = ctx;
    /* One that cannot be read is found out before anything is done, and passed over as in any walk. */
    return readable ? see_each(api, first, &of, err) : meetings_each(api, if_his, &of, err);
}

size_t meetings_people_count(const struct api *api)
{
    return api->matches != NULL ? api->matches->count : 0;
}
