/*
 * finding_texts.h - the texts of RECORD_MATCH_FINDING, by which a reader of the log tells one such record from another: as
 * formats, for who writes them (snprintf) and who reads their numbers back (sscanf).
 */
#ifndef KETENBRUG_API_FINDING_TEXTS_H
#define KETENBRUG_API_FINDING_TEXTS_H

#include <inttypes.h>

/* hits (uint64_t), of these told nothing (uint64_t) */
#define FINDING_TEXT_EMPTY                                                                                             \
    "van %" PRIu64 " treffers in opzoeksets van deze ketenpartner vertelde hij bij %" PRIu64                           \
    " niets: meer dan wie intussen wegging verklaart"
/* room (uint32_t), more than so many people (uint32_t), declared clients (int) */
#define FINDING_TEXT_OUTGROWN                                                                                          \
    "een opzoekset van deze ketenpartner heeft plaats voor %" PRIu32 " en werd dat bij meer dan %" PRIu32              \
    " mensen; hij noemt in het convenant %d clienten"
/* Followed by where and why. */
#define FINDING_TEXT_ANEW "een opzoekset die niet volgt op de vorige is aangenomen, want die was verouderd; "
/* Followed by bound and period. */
#define FINDING_TEXT_QUOTA "meer waarden omgezet dan het convenant voor dit spoeddoel noemt: boven "

#endif
