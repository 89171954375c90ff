/* Any bytes as CSV: whole and byte by byte give the same rows; what comes out as good passes the domain's checks. */
#include <stdlib.h>

#include "adapters/adapter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct date today = {2026, 11, 22};

struct tally {
    uint64_t rows;
    uint64_t rejected;
    uint64_t lines;
};

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void on_row(void *ctx, const struct adapter_row *row)
{
    struct tally *tally = ctx;
    struct fault_list faults = {0};
    subject_check(&row->subject, "", &today, &faults);
    involvement_check(&row->involvement, "", &today, &faults);
    require(faults.count == 0 && row->line > 0);
    tally->rows++;
    tally->lines = tally->lines * 31 + row->line;
}

static void on_rejected(void *ctx, uint64_t line, const struct fault_list *faults)
{
    struct tally *tally = ctx;
    require(faults->count > 0 && line > 0);
    tally->rejected++;
    tally->lines = tally->lines * 31 + line;
}

static enum result run(const uint8_t *data, size_t size, size_t piece, struct tally *tally)
{
    const struct adapter_events events = {on_row, on_rejected, tally};
    struct adapter *adapter = NULL;
    struct error err = {0};
    if (adapter_named("csv")->open(&events, &(struct adapter_options){today, NULL}, &adapter, &err) != RESULT_OK) {
        return RESULT_OK;
    }
    enum result result = RESULT_OK;
    for (size_t at = 0; at < size && result == RESULT_OK; at += piece) {
        result = adapter_named("csv")->feed(adapter, slice_of(data + at, size - at < piece ? size - at : piece), &err);
    }
    if (result == RESULT_OK) {
        result = adapter_named("csv")->finish(adapter, &err);
    }
    adapter_named("csv")->close(adapter);
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tally whole = {0};
    struct tally pieces = {0};
    const enum result result = run(data, size, size + 1, &whole);
    require(run(data, size, 1, &pieces) == result);
    require(whole.rows == pieces.rows && whole.rejected == pieces.rejected && whole.lines == pieces.lines);
    return 0;
}
