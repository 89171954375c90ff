/* The numbers for monitoring that have labels: per route, partner, fault and kind of row. */
#include "api/witness.h"
#include "cmd/watch_parts.h"

static const char *const methods[HTTP_METHOD_COUNT] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

static void take_routes(const struct watch_options *o, struct standing *s)
{
    const struct {
        const struct http_route *rows;
        size_t count;
    } tables[STANDING_LISTENERS] = {
        {api_desk_routes, api_desk_route_count},
        {api_peer_routes, api_peer_route_count},
        {api_desk_routes, api_desk_route_count},
    };
    for (size_t i = 0; i < *o->open_servers && i < STANDING_LISTENERS; i++) {
        for (size_t r = 0; r <= tables[i].count && s->route_count < STANDING_ROUTES; r++) {
            const struct http_route *row = r < tables[i].count ? &tables[i].rows[r] : NULL;
            s->routes[s->route_count++] = (struct standing_route){
                .listener = watch_listener_names[i],
                .method = row != NULL ? methods[row->method] : "",
                .path = row != NULL ? row->path : "",
                .times = *http_server_times(o->servers[i], r),
            };
        }
    }
}

static void take_partners(const struct watch_options *o, struct standing *s)
{
    _Static_assert((int)PEER_OUTCOME_COUNT <= (int)STANDING_OUTCOMES, "standing.h holds every outcome");
    for (int k = 0; k < PEER_OUTCOME_COUNT; k++) {
        s->outcome_words[k] = peer_outcome_slug((enum peer_outcome_kind)k);
    }
    for (const struct peer_tally *tally = peer_tally_at(o->api->peers, 0);
         tally != NULL && s->partner_count < STANDING_PARTNERS;
         tally = peer_tally_at(o->api->peers, s->partner_count)) {
        struct standing_partner *partner = &s->partners[s->partner_count++];
        partner->oin = tally->oin;
        memcpy(partner->outcomes, tally->outcomes, sizeof tally->outcomes);
    }
}

static void take_refusals(const struct watch_options *o, struct standing *s)
{
    _Static_assert((int)FAULT_COUNT <= (int)STANDING_FAULTS, "standing.h holds every fault");
    size_t count = 0;
    for (int fault = FAULT_NONE + 1; fault < FAULT_COUNT; fault++) {
        s->refusals[count++] = (struct standing_count){fault_slug((enum fault)fault), o->api->refused[fault]};
    }
}

static void is_kept(void *ctx, struct slice value, const struct error *err)
{
    *(bool *)ctx = err == NULL && value.len != 0;
}

size_t watch_each_fork(struct api *api, void (*found)(void *ctx, const struct party *party), void *ctx)
{
    const struct covenant *covenant = api->covenant->covenant;
    size_t count = 0;
    for (size_t i = 0; i < covenant_party_count(covenant); i++) {
        const struct party *party = covenant_party_at(covenant, i);
        bool kept = false;
        store_get_value(api->door, witness_fork_name(&party->oin).text, is_kept, &kept);
        count += kept;
        if (kept && found != NULL) {
            found(ctx, party);
        }
    }
    return count;
}

void watch_take_counts(const struct watch_options *o, struct standing *s)
{
    const struct api *api = o->api;
    take_routes(o, s);
    take_partners(o, s);
    take_refusals(o, s);
    store_commit_times(*o->store, &s->commit_times);
    s->commits = 0;
    for (size_t i = 0; i < COUNT_OF(s->commit_times.counts); i++) {
        s->commits += s->commit_times.counts[i];
    }
    s->import_rows[0] = (struct standing_count){"nieuw", api->rows_new};
    s->import_rows[1] = (struct standing_count){"gewijzigd", api->rows_changed};
    s->import_rows[2] = (struct standing_count){"ongewijzigd", api->rows_same};
    s->import_rows[3] = (struct standing_count){"afgewezen", api->rows_rejected};
}
