/* The folder of signatures: so many files are looked at, whatever is in them, and the node starts all the same. */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "cmd/covenant_files.h"

static void name_of(const char *folder, unsigned i, char out[160])
{
    (void)snprintf(out, 160, "%s/%u.json", folder, i);
}

static void so_many_files_are_looked_at(void **state)
{
    (void)state;
    static struct config config;
    char folder[] = "/tmp/kb-handtekeningen-XXXXXX";
    char name[160];
    assert_non_null(mkdtemp(folder));
    (void)snprintf(config.covenant, sizeof config.covenant, "%s", TEST_SOURCE_DIR "/tests/region/convenant.json");
    (void)snprintf(config.signatures, sizeof config.signatures, "%s", folder);
    for (unsigned i = 0; i <= SIGNATURE_FILES_MAX; i++) {
        struct covenant_files files;
        struct error err;
        name_of(folder, i, name);
        FILE *out = fopen(name, "w");
        assert_non_null(out);
        assert_true(fputs("{}", out) >= 0);
        assert_int_equal(fclose(out), 0);
        if (i + 1 < SIGNATURE_FILES_MAX) {
            continue;
        }
        /* Two faults of each: both members are missing, and the first is told. */
        assert_int_equal(covenant_files_load(&config, NULL, 0, &files, &err), RESULT_OK);
        assert_int_equal(files.count, 0);
        assert_int_equal(files.refused.count, i + 1);
        assert_non_null(files.covenant);
        covenant_files_free(&files);
    }
    name_of(folder, 0, name);
    for (unsigned i = 0; i <= SIGNATURE_FILES_MAX; i++) {
        name_of(folder, i, name);
        assert_int_equal(unlink(name), 0);
    }
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(so_many_files_are_looked_at)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
