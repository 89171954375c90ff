#include "api/sharing_parts.h"
#include "base/date.h"

/* Not its root and key: those a person's places show, and the partner gets them with the set. */
static void put_set(const struct shared_set *set, struct json_writer *w)
{
    json_begin_object(w, NULL);
    json_put_text(w, "ketenpartner", set->requester.digits);
    json_put_text(w, "doel", set->purpose);
    json_put_int(w, "periode", set->epoch);
    json_put_bool(w, "spoed", set->urgent);
    json_put_bool(w, "gepubliceerd", set->shown);
    if (set->shown) {
        json_put_int(w, "versie", (int64_t)set->version);
        json_put_text(w, "publicatie", moment_text(set->tick_ms).text);
        json_put_int(w, "klasse", published_set_class(set->set));
        json_put_int(w, "personen", (int64_t)published_set_people(set->set));
    }
    json_end_object(w);
}

void sharing_describe(const struct sharing *sharing, struct json_writer *w)
{
    const struct sharing_state *state = &sharing->state;
    json_put_int(w, "periode", sharing_epoch(sharing));
    json_put_int(w, "publicaties", (int64_t)state->ticks);
    json_put_int(w, "wachtend", (int64_t)sharing_waiting(sharing));
    if (state->tick_ms[TICK_ORDINARY] != 0) {
        json_put_text(w, "laatstePublicatie", moment_text(state->tick_ms[TICK_ORDINARY]).text);
    }
    json_begin_array(w, "verstrekteOpzoeksets");
    for (size_t i = 0; i < sharing->set_count; i++) {
        put_set(scope_set(sharing, sharing->index[i]), w);
    }
    json_end_array(w);
}
