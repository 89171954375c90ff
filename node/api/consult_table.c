/* The table for the professional: per person, what each partner said, or how to reach it in acute danger. */
#include "api/consult_parts.h"
#include "base/workdays.h"

static void put_partner(struct json_writer *w, const struct party *partner)
{
    json_put_text(w, "oin", partner->oin.digits);
    json_put_text(w, "naam", partner->name);
}

/* The same whoever it is about: nothing was asked. */
static void put_crisis(struct json_writer *w, const struct party *partner)
{
    json_begin_object(w, NULL);
    put_partner(w, partner);
    json_put_text(w, "uitkomst", "crisisnummer");
    if (partner->crisis_phone != NULL) {
        json_put_text(w, "crisisnummer", partner->crisis_phone);
    } else {
        json_put_text(w, "toelichting", "deze ketenpartner heeft in het convenant geen crisisnummer");
    }
    json_end_object(w);
}

/* Nothing went to the partner, or nothing came from it. */
static void put_without(struct json_writer *w, const char *why, const char *text)
{
    json_put_text(w, "uitkomst", "geen-antwoord");
    json_put_text(w, "oorzaak", why);
    json_put_text(w, "toelichting", text);
}

static void put_not_asked(struct json_writer *w, const struct ask *ask)
{
    if (ask->consult->ended) {
        put_without(w, peer_outcome_slug(PEER_CANCELLED),
                    "de melding of maatregel is intussen beëindigd: er is niets gevraagd");
    } else if (ask->is_held) {
        put_without(w, peer_outcome_slug(PEER_CANCELLED),
                    "hier is een intrekking vastgelegd die deze ketenpartner nog niet bevestigde");
    } else if (ask->match == MATCH_PEER) {
        put_without(w, peer_outcome_slug(ask->outcome), peer_outcome_text(ask->outcome));
    } else {
        put_without(w, match_outcome_slug(ask->match), match_outcome_text(ask->match));
        if (ask->status != 0 && ask->status != 200) {
            json_put_int(w, "status", ask->status);
        }
    }
}

static void put_asked(struct json_writer *w, const struct ask *ask)
{
    if (ask->outcome != PEER_ANSWERED) {
        put_without(w, peer_outcome_slug(ask->outcome), peer_outcome_text(ask->outcome));
    } else if (ask->status != 200) {
        put_without(w, match_outcome_slug(MATCH_REFUSED), match_outcome_text(MATCH_REFUSED));
        json_put_int(w, "status", ask->status);
    } else {
        json_put_text(w, "uitkomst", ask->entry_count != 0 ? "betrokken" : "geen-betrokkenheid-gedeeld");
        json_put_raw(w, "betrokkenheden", buf_slice(&ask->entries));
    }
}

/* Who is not in a partner's set is shown as one of whom it tells nothing: the same members, and the same words. */
static void put_ask(struct json_writer *w, const struct ask *ask)
{
    json_begin_object(w, NULL);
    put_partner(w, ask->partner);
    json_put_text(w, "verzoek", ident_text(&ask->request_id).text);
    if (!ask->tested || ask->is_held || ask->consult->ended) {
        put_not_asked(w, ask);
    } else if (ask->hit) {
        put_asked(w, ask);
    } else {
        json_put_text(w, "uitkomst", "geen-betrokkenheid-gedeeld");
        json_put_raw(w, "betrokkenheden", slice_text("[]"));
    }
    json_end_object(w);
}

static void put_person(struct json_writer *w, const struct consult *c, size_t subject)
{
    json_begin_object(w, NULL);
    json_put_int(w, "volgnummer", (int64_t)subject + 1);
    json_begin_array(w, "ketenpartners");
    for (size_t i = 0; i < c->crisis_count; i++) {
        put_crisis(w, c->crisis[i].partner);
    }
    for (size_t i = 0; i < c->ask_count; i++) {
        if (c->asks[i].subject == subject) {
            put_ask(w, &c->asks[i]);
        }
    }
    json_end_array(w);
    json_end_object(w);
}

void consult_table_write(struct consult *c)
{
    struct json_writer w = json_writer(&c->call.body);
    json_begin_object(&w, NULL);
    json_put_text(&w, "raadpleging", ident_text(&c->id).text);
    json_put_text(&w, "tijd", moment_text(clock_now(c->call.api->clock)).text);
    json_put_slice(&w, "doel", c->request.purpose);
    if (c->crisis_count != 0) {
        const struct date due = workdays_after(&c->report.review_from, REPORT_REVIEW_WORKDAYS);
        json_put_text(&w, "toetsingUiterlijk", date_text(&due).text);
    }
    json_begin_array(&w, "betrokkenen");
    for (size_t s = 0; s < c->request.subject_count; s++) {
        put_person(&w, c, s);
    }
    json_end_array(&w);
    json_end_object(&w);
}
