/*
 * circuit.h - stops asking a partner that failed some times in a row, and tries it again later with one question.
 *
 * Closed: everybody may ask. Open: nobody. When its time is over, one trial: an answer closes the circuit, a failure
 * opens it for another period, a cancelled trial makes room for the next. Value type, pure, time comes in.
 */
#ifndef KETENBRUG_PEER_CIRCUIT_H
#define KETENBRUG_PEER_CIRCUIT_H

#include <stdbool.h>
#include <stdint.h>

struct circuit {
    uint32_t failures; /* in a row */
    int64_t open_until_ms;
    bool on_trial;
};

struct circuit_limits {
    uint32_t failures;
    uint32_t open_ms;
};

enum circuit_pass { CIRCUIT_REFUSED, CIRCUIT_FREE, CIRCUIT_TRIAL };
enum circuit_result { CIRCUIT_ANSWERED, CIRCUIT_FAILED, CIRCUIT_NEITHER };

enum circuit_pass circuit_admit(struct circuit *circuit, const struct circuit_limits *limits, int64_t now_ms);
/* How a question that was let through with `pass` ended; true when this opened the circuit. */
bool circuit_note(struct circuit *circuit, const struct circuit_limits *limits, enum circuit_pass pass,
                  enum circuit_result result, int64_t now_ms);

#endif
