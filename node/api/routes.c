/* The routes of both listeners, and what the peer listener asks before and after them. */
#include <string.h>

#include "api/api.h"
#include "api/backups.h"
#include "api/blocks.h"
#include "api/book.h"
#include "api/checkpoints.h"
#include "api/consult_answer.h"
#include "api/consult_ask.h"
#include "api/covenants.h"
#include "api/evaluations.h"
#include "api/export.h"
#include "api/facts.h"
#include "api/figures.h"
#include "api/findings.h"
#include "api/gossip.h"
#include "api/imports.h"
#include "api/letters.h"
#include "api/log.h"
#include "api/log_check.h"
#include "api/log_explain.h"
#include "api/log_search.h"
#include "api/log_simulate.h"
#include "api/log_stream.h"
#include "api/lookup_sets.h"
#include "api/matching_desk.h"
#include "api/meetings.h"
#include "api/notices.h"
#include "api/openapi.h"
#include "api/outbox.h"
#include "api/people.h"
#include "api/proofs.h"
#include "api/regulation.h"
#include "api/reports.h"
#include "api/retention.h"
#include "api/samples.h"
#include "api/signals.h"
#include "api/staff.h"
#include "api/standing.h"
#include "api/tasks.h"
#include "api/terms.h"
#include "api/users.h"
#include "api/watching.h"
#include "api/withdrawals.h"
#include "api/witness.h"

static const char json_type[] = "application/json";

const struct http_route api_desk_routes[] = {
    {HTTP_POST, "/v1/raadplegingen", consult_ask, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/betrokkenen", people_add, HTTP_BODY_SMALL, json_type, false},
    {HTTP_PUT, "/v1/betrokkenen/{id}", people_replace, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/betrokkenen/zoekopdrachten", people_search, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/huishoudens", households_add, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/betrokkenheden", involvements_add, HTTP_BODY_SMALL, json_type, false},
    {HTTP_PUT, "/v1/betrokkenheden/{id}", involvements_replace, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/toestemmingen", consents_add, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/toestemmingen/intrekkingen", consents_withdraw, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/toestemmingen/zoekopdrachten", consents_search, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/toestemmingen/inzagen", consents_show, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/gezagsrelaties", authorities_add, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/gezagsrelaties/beeindigingen", authorities_end, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/wilsbekwaamheden", capabilities_add, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/verlengde-jeugdhulp", extended_care_add, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/verlengde-jeugdhulp/beeindigingen", extended_care_end, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/bezwaren", objections_add, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/bezwaren/afhandelingen", objections_settle, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/beperkingen", restrictions_add, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/beperkingen/opheffingen", restrictions_lift, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/correcties", corrections_add, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/correcties/afhandelingen", corrections_settle, HTTP_BODY_SMALL, json_type, false},
    {HTTP_GET, "/v1/uitgaande-berichten", outbox_list, 0, NULL, false},
    {HTTP_POST, "/v1/uitgaande-berichten/herkansingen", outbox_retry, HTTP_BODY_SMALL, json_type, false},
    {HTTP_GET, "/v1/postbus", notices_list, 0, NULL, false},
    {HTTP_POST, "/v1/postbus/gelezen", notices_read, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/importen", imports_add, HTTP_BODY_IMPORT, json_type, false},
    {HTTP_POST, "/v1/importen/afsluitingen", imports_close, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/reservekopieen", backups_add, HTTP_BODY_SMALL, json_type, false},
    {HTTP_GET, "/v1/stand", standing_show, 0, NULL, false},
    {HTTP_POST, "/v1/klok-herstellingen", clock_reset, HTTP_BODY_SMALL, json_type, false},
    {HTTP_GET, "/v1/gebruikers", users_list, 0, NULL, false},
    {HTTP_POST, "/v1/gebruikers", users_add, HTTP_BODY_SMALL, json_type, false},
    {HTTP_PUT, "/v1/gebruikers/{id}", users_change, HTTP_BODY_SMALL, json_type, false},
    {HTTP_GET, "/v1/logboek", log_list, 0, NULL, false},
    {HTTP_GET, "/v1/logboek/stand", log_head, 0, NULL, false},
    {HTTP_GET, "/v1/logboek/bladeren", log_leaves, 0, NULL, false},
    {HTTP_GET, "/v1/logboek/stroom", log_stream, 0, NULL, false},
    {HTTP_POST, "/v1/logboek/uitvoer", log_export, HTTP_BODY_SMALL, json_type, false},
    {HTTP_GET, "/v1/logboek/controlepunt", checkpoint_show_at_desk, 0, NULL, false},
    {HTTP_POST, "/v1/logboek/bewijzen", proofs_for_desk, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/logboek/controles", log_check, HTTP_BODY_SMALL, json_type, false},
    {HTTP_GET, "/v1/logboek/bewaartermijnen", retention_list, 0, NULL, false},
    {HTTP_POST, "/v1/logboek/vernietigingen", retention_destroy, HTTP_BODY_SMALL, json_type, false},
    {HTTP_GET, "/v1/logboek/vasthoudingen", holds_list, 0, NULL, false},
    {HTTP_POST, "/v1/logboek/vasthoudingen", holds_add, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/logboek/vasthoudingen/opheffingen", holds_lift, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/logboek/steekproeven", samples_draw, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/logboek/zoekopdrachten", log_search, HTTP_BODY_SMALL, json_type, false},
    {HTTP_GET, "/v1/logboek/regels/{id}", log_show, 0, NULL, false},
    {HTTP_GET, "/v1/logboek/verklaringen/{id}", log_explain, 0, NULL, false},
    {HTTP_POST, "/v1/logboek/simulaties", log_simulate, COVENANT_BYTES_MAX, json_type, false},
    {HTTP_GET, "/v1/bevindingen", findings_list, 0, NULL, false},
    {HTTP_GET, "/v1/bevindingen/{id}", findings_show, 0, NULL, false},
    {HTTP_POST, "/v1/bevindingen/stappen/{id}", findings_step, HTTP_BODY_SMALL, json_type, false},
    {HTTP_GET, "/v1/blokkades", blocks_list, 0, NULL, false},
    {HTTP_POST, "/v1/blokkades", blocks_add, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/blokkades/opheffingen", blocks_lift, HTTP_BODY_SMALL, json_type, false},
    {HTTP_GET, "/v1/personeel", staff_list, 0, NULL, false},
    {HTTP_POST, "/v1/personeel", staff_add, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/personeel/verwijderingen", staff_remove, HTTP_BODY_SMALL, json_type, false},
    {HTTP_GET, "/v1/convenanten", covenants_status, 0, NULL, false},
    {HTTP_GET, "/v1/convenanten/{id}", covenants_text, 0, NULL, false},
    {HTTP_POST, "/v1/convenanten", covenants_add, COVENANT_BYTES_MAX, json_type, false},
    {HTTP_POST, "/v1/convenanten/handtekeningen", covenants_add_signature, HTTP_BODY_SMALL, json_type, false},
    {HTTP_GET, "/v1/meldingen", reports_list, 0, NULL, false},
    {HTTP_POST, "/v1/meldingen", reports_add, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/meldingen/stappen", reports_step, HTTP_BODY_SMALL, json_type, false},
    {HTTP_GET, "/v1/maatregelen", orders_list, 0, NULL, false},
    {HTTP_POST, "/v1/maatregelen", orders_add, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/maatregelen/beeindigingen", orders_end, HTTP_BODY_SMALL, json_type, false},
    {HTTP_GET, "/v1/overzichten", letters_list, 0, NULL, false},
    {HTTP_POST, "/v1/overzichten", letters_add, HTTP_BODY_SMALL, json_type, false},
    {HTTP_GET, "/v1/overzichten/{id}", letters_show, 0, NULL, false},
    {HTTP_GET, "/v1/overzichten/brieven/{id}", letters_text, 0, NULL, false},
    {HTTP_POST, "/v1/overzichten/stappen", letters_step, HTTP_BODY_SMALL, json_type, false},
    {HTTP_GET, "/v1/termijnen", terms_list, 0, NULL, false},
    {HTTP_GET, "/v1/opdrachten", tasks_list, 0, NULL, false},
    {HTTP_POST, "/v1/opdrachten", tasks_add, HTTP_BODY_SMALL, json_type, false},
    {HTTP_GET, "/v1/opdrachten/{id}", tasks_show, 0, NULL, false},
    {HTTP_POST, "/v1/opdrachten/stappen/{id}", tasks_step, HTTP_BODY_SMALL, json_type, false},
    {HTTP_GET, "/v1/bewaking", watching_show, 0, NULL, false},
    {HTTP_POST, "/v1/bewaking/rondes", watching_round, HTTP_BODY_SMALL, json_type, false},
    {HTTP_GET, "/v1/koppeling", matching_show, 0, NULL, false},
    {HTTP_POST, "/v1/koppeling/inzagen", matching_open, HTTP_BODY_SMALL, json_type, false},
    {HTTP_GET, "/v1/zorgsignalen", signals_list, 0, NULL, false},
    {HTTP_POST, "/v1/zorgsignalen", signals_add, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/zorgsignalen/intrekkingen", signals_withdraw, HTTP_BODY_SMALL, json_type, false},
    {HTTP_GET, "/v1/matches", meetings_list, 0, NULL, false},
    {HTTP_GET, "/v1/matches/{id}", meetings_show, 0, NULL, false},
    {HTTP_POST, "/v1/matches/stappen/{id}", meetings_step, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/stuurcijfers", figures_make, HTTP_BODY_SMALL, json_type, false},
    {HTTP_GET, "/v1/reglement", regulation_show, 0, NULL, false},
    {HTTP_POST, "/v1/reglement/aanvaardingen", regulation_accept, HTTP_BODY_SMALL, json_type, false},
    {HTTP_GET, OPENAPI_PATH, openapi_desk, 0, NULL, false},
};
const size_t api_desk_route_count = COUNT_OF(api_desk_routes);

const struct http_route api_peer_routes[] = {
    {HTTP_POST, "/v1/raadplegingen", consult_answer, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/blinde-evaluaties", evaluations_add, HTTP_BODY_SMALL, json_type, false},
    {HTTP_GET, "/v1/opzoeksets/{doel}", lookup_sets_show, 0, NULL, false},
    {HTTP_POST, "/v1/opdrachten", tasks_take, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/opdrachten/voorstellen", tasks_take_proposal, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/opdrachten/gebeurtenissen", tasks_take_event, HTTP_BODY_SMALL, json_type, false},
    {HTTP_GET, "/v1/opdrachten/sleutel", tasks_sealing_key, 0, NULL, false},
    {HTTP_POST, "/v1/intrekkingen", withdrawals_take, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/zorgsignalen", signals_take, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/zorgsignalen/beeindigingen", signals_take_end, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/matches/voorstellen", meetings_take_proposal, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/matches/gebeurtenissen", meetings_take_event, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/getuige/add-checkpoint", witness_add_checkpoint, HTTP_BODY_SMALL, "text/plain", false},
    {HTTP_GET, "/v1/logboek/controlepunt", checkpoint_show, 0, NULL, false},
    {HTTP_GET, "/v1/logboek/controlepunten", checkpoints_seen, 0, NULL, false},
    {HTTP_POST, "/v1/logboek/bewijzen", proofs_for_partner, HTTP_BODY_SMALL, json_type, false},
    {HTTP_GET, "/v1/convenanten", covenants_list, 0, NULL, false},
    {HTTP_GET, "/v1/convenanten/{id}", covenants_document, 0, NULL, false},
    {HTTP_GET, "/v1/convenanten/handtekeningen/{id}", covenants_signatures, 0, NULL, false},
    {HTTP_POST, "/v1/convenanten/handtekeningen/{id}", covenants_sign, HTTP_BODY_SMALL, json_type, false},
    {HTTP_POST, "/v1/convenanten/uitnodigingen", covenants_invited, HTTP_BODY_SMALL, json_type, false},
    {HTTP_GET, OPENAPI_PATH, openapi_peer, 0, NULL, false},
};
const size_t api_peer_route_count = COUNT_OF(api_peer_routes);

static bool is_under(const char *path, const char *root)
{
    const size_t len = strlen(root);
    return strncmp(path, root, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

/* What goes on with a blocked partner: what keeps logs honest, and that consent was withdrawn. "": his connection. */
static bool is_open_to_blocked(const char *path)
{
    static const char *const roots[] = {"/v1/convenanten", "/v1/getuige", "/v1/logboek", "/v1/intrekkingen"};
    bool open = path[0] == '\0';
    for (size_t i = 0; i < COUNT_OF(roots) && !open; i++) {
        open = is_under(path, roots[i]);
    }
    return open;
}

enum result api_admit_peer(void *ctx, const struct cert_identity *peer, const char *path, struct error *err)
{
    if (strcmp(path, OPENAPI_PATH) == 0) {
        return RESULT_OK; /* what may be asked here is no secret */
    }
    const struct api *api = ctx;
    ENSURE(!oin_equal(&peer->oin, &api->own_oin), err, FAULT_FORBIDDEN, "certificaat",
           "dit is het certificaat van de eigen organisatie");
    if (is_under(path, "/v1/convenanten")) {
        return RESULT_OK; /* each sees only what names it: see covenants.h */
    }
    ENSURE(book_names(api, &peer->oin), err, FAULT_FORBIDDEN, "certificaat",
           "uw organisatie is geen partij bij een convenant dat hier bekend is");
    ENSURE(api_covenant_with(api, &peer->oin) != NULL, err, FAULT_FORBIDDEN, "convenant",
           "tussen uw organisatie en deze is geen convenant van kracht");
    ENSURE(is_open_to_blocked(path) || !blocks_partner(api, &peer->oin), err, FAULT_FORBIDDEN, "ketenpartner", "%s",
           blocks_partner_text);
    if (path[0] != '\0') {
        outbox_alive(api->outbox, &peer->oin);
    }
    return RESULT_OK;
}

bool api_keep_peer(void *ctx, const struct cert_identity *peer)
{
    return api_admit_peer(ctx, peer, "", NULL) == RESULT_OK;
}

static void refusal_recorded(void *ctx, const struct store_committed *committed, const struct error *err)
{
    (void)committed;
    struct api *api = ctx;
    api->calls--;
    if (err != NULL) {
        audit_forget_keys(api->audit);
        log_error(api->log, LOG_ERROR, "weigering-niet-vastgelegd", err);
    }
}

static void record_refusals(struct api *api, const struct oin *peer, enum fault fault, uint32_t entries)
{
    struct error err;
    struct record record = {
        .operation = RECORD_REFUSED, .outcome = OUTCOME_REFUSED, .fault = fault, .age = 255, .entries = entries};
    if (peer != NULL) {
        record.peer = *peer;
    }
    struct store_batch *batch = store_batch_new(api->door);
    if (batch == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "logboek", "geen geheugen");
    } else if (audit_append(api->audit, batch, &record, slice_of(NULL, 0), &err) == RESULT_OK) {
        api->calls++;
        store_commit(api->door, batch, refusal_recorded, api);
        return;
    }
    store_batch_free(batch); /* with one record in it: audit_append has said that its keys are to be told again */
    log_error(api->log, LOG_ERROR, "weigering-niet-vastgelegd", &err);
}

static enum refusals_from whose(const struct api *api, const struct cert_identity *peer)
{
    if (peer == NULL) {
        return REFUSALS_DESK;
    }
    return api_covenant_with(api, &peer->oin) != NULL ? REFUSALS_PARTY : REFUSALS_STRANGER;
}

void api_record_refusal(void *ctx, const struct cert_identity *peer, const char *path, const struct error *err)
{
    (void)path;
    struct api *api = ctx;
    const struct oin *oin = peer != NULL ? &peer->oin : NULL;
    api->refused[err->fault]++;
    if (refusals_single(&api->refusals, whose(api, peer), oin, err->fault, clock_now(api->clock))) {
        record_refusals(api, oin, err->fault, 0);
    }
}

void api_write_refusals(struct api *api, bool all)
{
    struct refusals_bucket counted;
    while (refusals_take(&api->refusals, clock_now(api->clock), all, &counted)) {
        record_refusals(api, oin_is_set(&counted.party) ? &counted.party : NULL, counted.fault, counted.counted);
    }
}
