/*
 * audit_search.h - the filters of `ketenbrug audit list` as a search of the log. Thread: main. Faults: as desk_call.
 */
#ifndef KETENBRUG_CMD_AUDIT_SEARCH_H
#define KETENBRUG_CMD_AUDIT_SEARCH_H

#include "cmd/args.h"
#include "cmd/desk.h"

/* Rows for the table of options. */
#define OPTIONS_SEARCH                                                                                                 \
    {"verzoek", "KENMERK", false, "alleen regels van dit verzoek"},                                                    \
        {"zaak", "NUMMER", false, "alleen regels met dit zaak- of meldingsnummer"},                                    \
        {"persoon", NULL, false, "alleen regels over deze persoon; bsn van de invoer"},                                \
        {"gebruiker", "NAAM", false, "alleen regels van deze gebruiker"},                                              \
        {"ketenpartner", "OIN", false, "alleen regels met deze ketenpartner; als enig filter met --van en --tot"},     \
        {"doel", "CODE", false, "alleen regels met dit doel; als enig filter met --van en --tot"},                     \
        {"handeling", "WOORD", false, "alleen regels met deze handeling; een verkeerd woord toont welke er zijn"},     \
        {"van", "DAG", false, "met een filter: vanaf deze dag, als JJJJ-MM-DD (UTC)"},                                 \
        {"tot", "DAG", false, "met een filter: tot en met deze dag (UTC)"},                                            \
    {                                                                                                                  \
        "voor", "NUMMER", false, "met een filter: alleen regels voor deze, om verder te zoeken"                        \
    }

bool audit_search_wanted(const struct args *args); /* a filter, or what goes with one, was given */
/* The newest first. */
MUST_USE enum result audit_search(struct desk *desk, const struct args *args, long long count, struct json **answer,
                                  struct error *err);
/* Up to where was looked, and how to go on. */
void audit_search_print_end(const struct json *answer);

#endif
