#include "api/consult_request.h"

#include "domain/matter.h"

const struct json_field consult_request_fields[] = {
    {"doel", JSON_TEXT, true, 1, CODE_MAX},
    {"grondslag", JSON_TEXT, true, 1, CODE_MAX},
    {"rol", JSON_TEXT, false, 1, CODE_MAX},
    {"zaak", JSON_TEXT, false, 1, CONSULT_CASE_MAX},
    {"melding", JSON_TEXT, false, 1, CONSULT_CASE_MAX},
    {"maatregel", JSON_TEXT, false, 1, CONSULT_CASE_MAX},
    {"reden", JSON_TEXT, true, CONSULT_REASON_MIN, CONSULT_REASON_MAX},
    {"betrokkenen", JSON_ARRAY, true, 1, CONSULT_SUBJECTS_MAX},
};
const size_t consult_request_field_count = COUNT_OF(consult_request_fields);

/* The role asked for must be registered; without one, a caller with a single role asks in that. */
static void read_role(const struct json *json, const struct covenant *covenant, const struct caller *caller,
                      struct consult_request *out, struct fault_list *faults)
{
    enum role role = ROLE_COUNT;
    const struct json *named = json_member(json, "rol");
    if (named != NULL) {
        if (!role_parse(json_text(named), &role) || (caller->roles & (1U << (unsigned)role)) == 0) {
            fault_list_add(faults, FAULT_FORBIDDEN, "/rol", "deze rol is niet voor u geregistreerd");
            return;
        }
    } else if (__builtin_popcount(caller->roles) != 1) {
        fault_list_add(faults, FAULT_INVALID, "/rol", "u hebt meer dan één rol: noem in welke u vraagt");
        return;
    } else {
        role = (enum role)__builtin_ctz(caller->roles);
    }
    out->role = slice_text(role_word(role));
    if ((role_may(1U << (unsigned)role) & MAY_CONSULT) == 0 || !covenant_role(covenant, out->role)) {
        fault_list_add(faults, FAULT_FORBIDDEN, "/rol", "in deze rol mag niet worden geraadpleegd");
    }
}

static bool is_blank(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] > ' ') {
            return false;
        }
    }
    return true;
}

void consult_request_read(const struct json *json, const struct covenant *covenant, const struct caller *caller,
                          struct consult_request *out, struct fault_list *faults)
{
    *out = (struct consult_request){
        .purpose = json_text_of(json, "doel"),
        .basis = json_text_of(json, "grondslag"),
        .case_number = json_text_of(json, "zaak"),
        .report_number = json_text_of(json, "melding"),
        .order_number = json_text_of(json, "maatregel"),
        .reason = json_text_of(json, "reden"),
    };
    if (out->purpose.len != 0 && covenant_purpose(covenant, out->purpose) == NULL) {
        fault_list_add(faults, FAULT_INVALID, "/doel", "dit doel staat niet in het convenant");
    }
    if (out->basis.len != 0 && covenant_basis(covenant, out->basis) == NULL) {
        fault_list_add(faults, FAULT_INVALID, "/grondslag", "deze grondslag staat niet in het convenant");
    }
    if ((out->case_number.len != 0) + (out->report_number.len != 0) + (out->order_number.len != 0) != 1) {
        fault_list_add(faults, FAULT_INVALID, "", "noem een zaak, een melding of een maatregel, en niet meer dan een");
    } else if (is_blank(out->case_number) && is_blank(out->report_number) && is_blank(out->order_number)) {
        fault_list_add(faults, FAULT_INVALID, "", "het zaak-, meldings- of maatregelnummer is leeg");
    }
    if (out->reason.len != 0 && is_blank(out->reason)) {
        fault_list_add(faults, FAULT_INVALID, "/reden", "de reden is leeg");
    }
    read_role(json, covenant, caller, out, faults);
    people_read(json_member(json, "betrokkenen"), out->subjects, CONSULT_SUBJECTS_MAX, &out->subject_count, faults);
}
