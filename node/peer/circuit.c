#include "peer/circuit.h"

enum circuit_pass circuit_admit(struct circuit *circuit, const struct circuit_limits *limits, int64_t now_ms)
{
    if (circuit->failures < limits->failures) {
        return CIRCUIT_FREE;
    }
    if (circuit->on_trial || now_ms < circuit->open_until_ms) {
        return CIRCUIT_REFUSED;
    }
    circuit->on_trial = true;
    return CIRCUIT_TRIAL;
}

bool circuit_note(struct circuit *circuit, const struct circuit_limits *limits, enum circuit_pass pass,
                  enum circuit_result result, int64_t now_ms)
{
    if (pass == CIRCUIT_TRIAL) {
        circuit->on_trial = false;
    }
    if (result == CIRCUIT_ANSWERED) {
        *circuit = (struct circuit){0};
        return false;
    }
    if (result == CIRCUIT_NEITHER) {
        return false;
    }
    const bool was_closed = circuit->failures < limits->failures;
    if (was_closed) {
        circuit->failures++;
    }
    /* Questions that were already under way when the circuit opened do not keep it open for longer. */
    const bool opens = circuit->failures >= limits->failures && (was_closed || pass == CIRCUIT_TRIAL);
    if (opens) {
        circuit->open_until_ms = now_ms + (int64_t)limits->open_ms;
    }
    return opens;
}
