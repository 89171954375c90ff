#include "domain/person.h"

static void put_text(struct json_writer *w, const char *name, const char *text)
{
    if (text[0] != '\0') {
        json_put_text(w, name, text);
    }
}

static void put_date(struct json_writer *w, const char *name, const struct date *date)
{
    put_text(w, name, date_text(date).text);
}

static void put_bsn(struct json_writer *w, const char *name, const struct bsn *bsn)
{
    if (bsn_is_set(bsn)) {
        json_put_slice(w, name, bsn_digits(bsn));
    }
}

static void put_authority(struct json_writer *w, const struct authority *authority)
{
    json_begin_object(w, NULL);
    json_put_text(w, "soort", authority_word(authority->kind));
    put_text(w, "naam", authority->holder);
    put_bsn(w, "bsn", &authority->holder_bsn);
    put_text(w, "bewijs", authority->evidence);
    put_date(w, "sinds", &authority->since);
    put_date(w, "tot", &authority->until);
    json_end_object(w);
}

void subject_write(struct json_writer *w, const char *name, const struct subject *subject)
{
    json_begin_object(w, name);
    put_bsn(w, "bsn", &subject->bsn);
    put_text(w, "voornamen", subject->given_names);
    put_text(w, "achternaam", subject->family_name);
    put_date(w, "geboortedatum", &subject->birth);
    put_text(w, "gemeente", subject->municipality);
    if (subject->authority_count != 0) {
        json_begin_array(w, "gezag");
        for (size_t i = 0; i < subject->authority_count && i < AUTHORITIES_MAX; i++) {
            put_authority(w, &subject->authorities[i]);
        }
        json_end_array(w);
    }
    put_text(w, "bronsleutel", subject->source_key);
    json_end_object(w);
}

void household_write(struct json_writer *w, const char *name, const struct household *household)
{
    json_begin_object(w, name);
    json_begin_array(w, "leden");
    for (size_t i = 0; i < household->member_count && i < HOUSEHOLD_MEMBERS_MAX; i++) {
        json_put_text(w, NULL, ident_text(&household->members[i]).text);
    }
    json_end_array(w);
    put_text(w, "bron", household->source);
    put_date(w, "datum", &household->recorded);
    put_text(w, "bronsleutel", household->source_key);
    json_end_object(w);
}

static void put_contact(struct json_writer *w, const char *name, const struct contact *contact)
{
    if (contact->name[0] == '\0') {
        return;
    }
    json_begin_object(w, name);
    put_text(w, "naam", contact->name);
    put_text(w, "telefoon", contact->phone);
    put_text(w, "email", contact->email);
    json_end_object(w);
}

void involvement_write(struct json_writer *w, const char *name, const struct involvement *involvement)
{
    json_begin_object(w, name);
    json_put_text(w, "leefgebied", life_domain_word(involvement->life_domain));
    put_text(w, "dienst", involvement->service);
    put_text(w, "fase", involvement->phase);
    put_text(w, "status", involvement->status);
    put_date(w, "sinds", &involvement->since);
    put_date(w, "tot", &involvement->until);
    put_date(w, "laatsteContact", &involvement->last_contact);
    put_contact(w, "contactpersoon", &involvement->contact);
    put_contact(w, "vervanger", &involvement->stand_in);
    json_put_text(w, "gevoeligheid", sensitivity_word(involvement->sensitivity));
    put_text(w, "bronsleutel", involvement->source_key);
    json_end_object(w);
}
