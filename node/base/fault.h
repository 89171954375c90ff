/*
 * fault.h - what can go wrong, in one table, and how a function says so.
 *
 * Does:      gives every fault a code, an HTTP status (RFC 9110) and a Dutch title, and carries one or
 *            more faults from the place where they are found to the person who must act.
 * Does not:  log, print or exit. `where` and `what` never hold personal data: they name fields, files,
 *            positions and what is allowed, never the value that was refused.
 * Ownership: value types; nothing to free.
 * Thread:    any.
 */
#ifndef KETENBRUG_BASE_FAULT_H
#define KETENBRUG_BASE_FAULT_H

#include <stddef.h>

#include "base/attr.h"

/* A record keeps the code as a number: new ones come at the end. */
/*    code                 status  slug                        title shown to people (problem+json `title`, RFC 9457) */
#define FAULT_TABLE(X)                                                                                                 \
    X(FAULT_NONE, 200, "geen", "In orde")                                                                              \
    X(FAULT_USAGE, 400, "gebruik", "Verkeerd gebruik")                                                                 \
    X(FAULT_SYNTAX, 400, "syntaxis", "De invoer is geen geldige JSON")                                                 \
    X(FAULT_INVALID, 400, "ongeldige-invoer", "De invoer klopt niet")                                                  \
    X(FAULT_UNAUTHENTICATED, 401, "niet-aangemeld", "Onbekende gebruiker of ongeldig toegangsbewijs")                  \
    X(FAULT_FORBIDDEN, 403, "niet-toegestaan", "Dit is niet toegestaan")                                               \
    X(FAULT_NOT_FOUND, 404, "niet-gevonden", "Niet gevonden")                                                          \
    X(FAULT_METHOD, 405, "methode", "Deze methode kan hier niet")                                                      \
    X(FAULT_TIMEOUT, 408, "te-traag", "De invoer kwam te langzaam binnen")                                             \
    X(FAULT_CONFLICT, 409, "conflict", "Dit botst met wat er al is")                                                   \
    X(FAULT_TOO_LARGE, 413, "te-groot", "De invoer is te groot")                                                       \
    X(FAULT_MEDIA_TYPE, 415, "mediatype", "Dit mediatype wordt niet gelezen")                                          \
    X(FAULT_TOO_MANY, 429, "te-vaak", "Te veel verzoeken")                                                             \
    X(FAULT_HEADERS_TOO_LARGE, 431, "kop-te-groot", "De kopregels zijn te groot")                                      \
    X(FAULT_INTERNAL, 500, "intern", "Er ging bij ons iets mis")                                                       \
    X(FAULT_NO_MEMORY, 503, "geheugen", "Het knooppunt heeft te weinig geheugen")                                      \
    X(FAULT_STORE, 503, "opslag", "De opslag neemt niets aan")                                                         \
    X(FAULT_LOG, 503, "logboek", "Het logboek kan niet worden geschreven; daarom is er geen antwoord")                 \
    X(FAULT_BUSY, 503, "druk", "Het knooppunt is te druk")                                                             \
    X(FAULT_PEER, 502, "ketenpartner", "De ketenpartner gaf geen bruikbaar antwoord")                                  \
    X(FAULT_CONFIG, 500, "configuratie", "De configuratie klopt niet")                                                 \
    X(FAULT_IO, 500, "bestand", "Een bestand kan niet worden gelezen of geschreven")                                   \
    X(FAULT_CERTIFICATE, 403, "certificaat", "Het certificaat wordt niet aanvaard")                                    \
    X(FAULT_CLOCK, 503, "klok", "De klok van dit knooppunt klopt niet; daarom is er geen antwoord")                    \
    X(FAULT_UNPROVEN, 422, "niet-bewezen", "Het bewijs klopt niet")                                                    \
    X(FAULT_EPOCH, 422, "periode", "Deze periode geldt hier nu niet")                                                  \
    X(FAULT_UNFIT, 422, "past-niet", "De inhoud is leesbaar, maar kan zo niet")                                        \
    X(FAULT_EARLY, 425, "te-vroeg", "Hiervoor ontbreekt nog iets")                                                     \
    X(FAULT_GONE, 410, "voorbij", "Dit is hier afgesloten")

enum fault {
#define X(code, status, slug, title) code,
    FAULT_TABLE(X)
#undef X
        FAULT_COUNT
};

int fault_status(enum fault fault);        /* HTTP status, 200..599 */
const char *fault_slug(enum fault fault);  /* last part of the problem type URI, kebab-case */
const char *fault_title(enum fault fault); /* Dutch */

enum { FAULT_WHERE_MAX = 160, FAULT_WHAT_MAX = 400, FAULT_LIST_MAX = 16 };

/* One fault: what kind, where (file:line, JSON Pointer, configuration key), what is wrong and what is allowed. */
struct error {
    enum fault fault;
    char where[FAULT_WHERE_MAX];
    char what[FAULT_WHAT_MAX];
};

/* All faults of one input at once; past FAULT_LIST_MAX they are counted, not kept. */
struct fault_list {
    size_t count; /* found */
    struct error items[FAULT_LIST_MAX];
};

enum result { RESULT_OK = 0, RESULT_FAILED = 1 };

/* Fills err (may be NULL) and returns RESULT_FAILED. Text past the bound is cut at a UTF-8 boundary. */
enum result error_set(struct error *err, enum fault fault, const char *where, const char *format, ...)
    PRINTF_LIKE(4, 5);
void fault_list_add(struct fault_list *list, enum fault fault, const char *where, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* Empties the list; of the faults that come, the first `skip` are not kept, but those after them. Its count then is that
 * of all less `skip`, modulo SIZE_MAX + 1: for who reads all faults of an input, a list at a time. */
void fault_list_skip(struct fault_list *list, size_t skip);
/* The first fault of the list as an error; RESULT_OK when the list is empty. */
MUST_USE enum result fault_list_result(const struct fault_list *list, struct error *err);

/* The only control flow that may hide in a macro. They return the constant, so that analysers see a failure as one. */
#define TRY(call)                                                                                                      \
    do {                                                                                                               \
        if ((call) != RESULT_OK) {                                                                                     \
            return RESULT_FAILED;                                                                                      \
        }                                                                                                              \
    } while (0)
#define ENSURE(condition, err, fault, where, ...)                                                                      \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            (void)error_set((err), (fault), (where), __VA_ARGS__);                                                     \
            return RESULT_FAILED;                                                                                      \
        }                                                                                                              \
    } while (0)
#define FAIL(err, fault, where, ...)                                                                                   \
    do {                                                                                                               \
        (void)error_set((err), (fault), (where), __VA_ARGS__);                                                         \
        return RESULT_FAILED;                                                                                          \
    } while (0)

#endif
