#include "matching/naming.h"

static const struct json_field name_fields[] = {{"bsn", JSON_TEXT, true, BSN_DIGITS, BSN_DIGITS}};

void naming_write(struct json_writer *w, const struct bsn *subject)
{
    json_begin_object(w, NAMING_FIELD);
    json_put_slice(w, "bsn", bsn_digits(subject));
    json_end_object(w);
}

void naming_read(const struct json *question, struct bsn *subject, struct fault_list *faults)
{
    const struct json *name = json_member(question, NAMING_FIELD);
    if (name == NULL) {
        return; /* json_check of the question has said so */
    }
    const size_t before = faults->count;
    json_check(name, "/" NAMING_FIELD, name_fields, COUNT_OF(name_fields), faults);
    if (faults->count == before && !bsn_parse(json_text_of(name, "bsn"), subject)) {
        fault_list_add(faults, FAULT_INVALID, "/" NAMING_FIELD "/bsn", "geen geldig burgerservicenummer (elfproef)");
    }
}
