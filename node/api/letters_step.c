/* What the officer does with a draft: defer a line, tell one after all, release, withdraw. */
#include <stdio.h>
#include <string.h>

#include "api/letters_parts.h"
#include "api/matters.h"

enum { TEXT_MAX = 512, WHY_MIN = 10 };

static const struct json_field fields[] = {
    {"id", JSON_TEXT, true, IDENT_TEXT_SIZE - 1, IDENT_TEXT_SIZE - 1},
    {"stap", JSON_TEXT, true, 1, CODE_MAX},
    {"regel", JSON_NUMBER, false, 1, LETTER_LINES_MAX},
    {"reden", JSON_TEXT, false, WHY_MIN, LETTER_WHY_MAX},
    {"tot", JSON_TEXT, false, DATE_TEXT_SIZE - 1, DATE_TEXT_SIZE - 1},
    {"metReden", JSON_BOOL, false, 0, 0},
};

static void decide_on(struct letters_call *c);
static void release(struct letters_call *c);
static void withdraw(struct letters_call *c);

static const struct step {
    const char *word;
    void (*take)(struct letters_call *c);
    bool of_line;  /* needs a line and a reason */
    bool released; /* a released letter may take it too */
} steps[] = {
    {"uitstellen", decide_on, true, false},
    {"toelaten", decide_on, true, false},
    {"vrijgeven", release, false, false},
    {"intrekken", withdraw, false, true},
};

static const struct step *step_of(const struct letters_call *c)
{
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        if (slice_is(json_text_of(c->json, "stap"), steps[i].word)) {
            return &steps[i];
        }
    }
    return NULL;
}

static void refuse(struct letters_call *c, enum fault fault, const char *where, const char *what)
{
    struct error err;
    (void)error_set(&err, fault, where, "%s", what);
    letters_refuse(c, &err);
}

/* The text of the record: which letter, and what became of it. */
static void finish(struct letters_call *c, const char *what, enum letters_save save)
{
    char text[TEXT_MAX];
    struct json_writer w = json_writer(&c->call.body);
    (void)snprintf(text, sizeof text, "overzicht %s: %s", ident_text(&c->id).text, what);
    json_begin_object(&w, NULL);
    json_put_text(&w, "id", ident_text(&c->id).text);
    json_put_text(&w, "toestand", letter_state_word(c->letter.state));
    json_end_object(&w);
    letters_commit(c, RECORD_LETTER_STEP, text, save, 200);
}

/* ---- a line ---- */

static bool takes_reason(const struct letters_call *c)
{
    return json_bool(json_member(c->json, "metReden"));
}

static void line_made(struct letters_call *c)
{
    char what[TEXT_MAX];
    struct error err;
    const size_t number = (size_t)json_int(json_member(c->json, "regel"));
    if (number > c->lines.count) {
        refuse(c, FAULT_INVALID, "/regel", "zo'n regel staat niet in dit overzicht");
        return;
    }
    const struct letter_line *line = &c->lines.lines[number - 1];
    if (takes_reason(c) && line->act != ACT_CONSULT) {
        refuse(c, FAULT_INVALID, "/metReden", "alleen bij een eigen raadpleging hoort een reden");
        return;
    }
    c->decision.mark = line->mark;
    if (letter_decide(&c->letter, &c->decision, &err) != RESULT_OK) {
        letters_refuse(c, &err);
        return;
    }
    (void)snprintf(what, sizeof what, "%s, regel %llu van het logboek: %s",
                   c->decision.choice == CHOICE_DEFER ? "uitgesteld" : "toegelaten", (unsigned long long)line->look,
                   c->decision.why);
    finish(c, what, SAVE_LETTER);
}

static void decide_on(struct letters_call *c)
{
    const bool defers = slice_is(json_text_of(c->json, "stap"), steps[0].word);
    c->decision.choice = defers ? CHOICE_DEFER : takes_reason(c) ? CHOICE_TELL_REASON : CHOICE_TELL;
    letters_make(c, line_made);
}

/* ---- release ---- */

static void released(struct letters_call *c)
{
    struct error err;
    c->letter.state = LETTER_RELEASED;
    c->letter.released_ms = clock_now(c->call.api->clock);
    if (!letter_count_told(&c->lines, &c->letter)) {
        refuse(c, FAULT_INVALID, "/id", "te veel voor een overzicht: maak er een per jaar (van, tot)");
    } else if (letters_digest(c, &c->letter.digest, &err) != RESULT_OK) {
        call_fail(&c->call, &err);
    } else {
        finish(c, "vrijgegeven", SAVE_LETTER);
    }
}

static void person_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct letters_call *c = ctx;
    struct error err;
    if (failed != NULL) {
        call_fail(&c->call, failed);
    } else if (letters_judge(c, found, &err) == RESULT_OK) {
        letters_make(c, released);
    } else if (err.fault == FAULT_UNPROVEN) {
        refuse(c, FAULT_CONFLICT, "/id",
               "wie dit overzicht vroeg, mag het nu niet meer krijgen: het gezag geldt niet meer");
    } else {
        call_fail(&c->call, &err);
    }
}

static void release(struct letters_call *c)
{
    static const struct ident nobody;
    struct store_door *door = c->call.api->door;
    struct error err;
    if (api_clock_wrong(c->call.api, &err)) {
        call_fail(&c->call, &err);
    } else if (ident_equal(&c->letter.subject, &nobody)) {
        store_find(door, STORE_SUBJECT, STORE_KEY_A, bsn_digits(&c->letter.bsn), STORE_FACT, person_found, c);
    } else {
        store_get(door, STORE_SUBJECT, &c->letter.subject, STORE_FACT, person_found, c);
    }
}

/* ---- withdrawal ---- */

/* Of a draft nobody got anything: it goes. */
static void withdraw(struct letters_call *c)
{
    char what[TEXT_MAX];
    const bool draft = c->letter.state == LETTER_DRAFT;
    (void)snprintf(what, sizeof what, "ingetrokken%s%s", c->decision.why[0] != '\0' ? ": " : "", c->decision.why);
    c->letter.state = LETTER_WITHDRAWN;
    finish(c, what, draft ? SAVE_REMOVAL : SAVE_LETTER);
}

/* ---- any step ---- */

static void letter_found(struct letters_call *c)
{
    const struct step *step = step_of(c);
    if (c->letter.state == LETTER_DRAFT || (step->released && c->letter.state == LETTER_RELEASED)) {
        step->take(c);
    } else {
        refuse(c, FAULT_CONFLICT, "/stap",
               c->letter.state == LETTER_RELEASED ? "dit overzicht is al vrijgegeven: maak een nieuw"
                                                  : "dit overzicht is ingetrokken");
    }
}

void letters_take_step(struct call *call)
{
    struct letters_call *c = (struct letters_call *)call;
    struct fault_list faults = {0};
    static const struct date none;
    c->json = call_json(call, fields, COUNT_OF(fields), &faults);
    const struct step *step = step_of(c);
    const struct slice why = json_text_of(c->json, "reden");
    if (faults.count == 0 && !ident_parse(json_text_of(c->json, "id"), &c->id)) {
        fault_list_add(&faults, FAULT_INVALID, "/id", "hier horen 32 hexadecimale cijfers");
    }
    if (faults.count == 0 && step == NULL) {
        fault_list_add(&faults, FAULT_INVALID, "/stap", "toegestaan is: uitstellen, toelaten, vrijgeven, intrekken");
    } else if (faults.count == 0 && step != NULL && step->of_line &&
               (json_member(c->json, "regel") == NULL || why.len == 0)) {
        fault_list_add(&faults, FAULT_INVALID, "/regel", "noem bij deze stap een regel en een reden");
    }
    (void)slice_copy_text(why, c->decision.why, sizeof c->decision.why);
    c->decision.until = matters_read_day(c->json, "tot", &none, &faults);
    if (faults.count == 0 && date_is_set(&c->decision.until) &&
        (!slice_is(json_text_of(c->json, "stap"), steps[0].word) ||
         date_compare(&c->decision.until, &call->today) < 0)) {
        fault_list_add(&faults, FAULT_INVALID, "/tot", "hier hoort bij uitstellen een dag die nog niet voorbij is");
    }
    if (faults.count != 0) {
        letters_refuse_faults(c, &faults);
        return;
    }
    letters_find(c, letter_found);
}
