#include "matching/naming.h"

#include "base/encode.h"
#include "base/mem.h"

enum { KEY_DIGITS = 2 * ASK_KEY_BYTES };

static const struct json_field name_fields[] = {
    {"sleutel", JSON_TEXT, true, KEY_DIGITS, KEY_DIGITS},
    {"periode", JSON_NUMBER, true, 0, UINT32_MAX},
};

void naming_write(struct json_writer *w, const struct naming *subject)
{
    char digits[KEY_DIGITS + 1];
    hex_encode(slice_of(subject->key.bytes, sizeof subject->key.bytes), digits);
    json_begin_object(w, NAMING_FIELD);
    json_put_slice(w, "sleutel", slice_of(digits, KEY_DIGITS));
    json_put_int(w, "periode", subject->epoch);
    json_end_object(w);
    mem_wipe(digits, sizeof digits);
}

void naming_read(const struct json *question, struct naming *subject, struct fault_list *faults)
{
    const struct json *name = json_member(question, NAMING_FIELD);
    if (name == NULL) {
        return; /* json_check of the question has said so */
    }
    const size_t before = faults->count;
    json_check(name, "/" NAMING_FIELD, name_fields, COUNT_OF(name_fields), faults);
    if (faults->count != before) {
        return;
    }
    struct naming read = {.epoch = (uint32_t)json_int(json_member(name, "periode"))};
    if (!hex_decode(json_text_of(name, "sleutel"), read.key.bytes, sizeof read.key.bytes)) {
        fault_list_add(faults, FAULT_INVALID, "/" NAMING_FIELD "/sleutel", "%d hexadecimale cijfers", KEY_DIGITS);
        return;
    }
    *subject = read;
    mem_wipe(&read, sizeof read);
}
