/* `ketenbrug import`: rows from a source system into the node, from a file or from all files that appear in a folder. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cmd/command.h"
#include "cmd/files.h"
#include "cmd/import_file.h"
#include "cmd/import_watch.h"

static void print_text(const struct import_job *job, const struct import_outcome *o)
{
    (void)printf("%s: %llu nieuw, %llu gewijzigd, %llu ongewijzigd, %llu afgewezen", job->trial ? "proef" : "ingelezen",
                 (unsigned long long)o->counts.fresh, (unsigned long long)o->counts.changed,
                 (unsigned long long)o->counts.same, (unsigned long long)o->rejected);
    if (o->ended_rest) {
        (void)printf(", %llu beeindigd, %llu uit een huishouden", (unsigned long long)o->ended,
                     (unsigned long long)o->left);
    }
    (void)printf("\n");
    if (o->rejected_path[0] != '\0') {
        (void)printf("wat is afgewezen, met regel en reden: %s\n", o->rejected_path);
    }
    if (job->full && !o->ended_rest && o->rejected != 0) {
        (void)printf("niets is beeindigd: er zijn regels afgewezen, en wat daarin stond is niet bekend "
                     "(toch: --ondanks-afgewezen)\n");
    }
}

static void print_json(const struct import_outcome *o)
{
    struct buf text;
    buf_init(&text, 8192);
    struct json_writer w = json_writer(&text);
    json_begin_object(&w, NULL);
    json_put_int(&w, "nieuw", (int64_t)o->counts.fresh);
    json_put_int(&w, "gewijzigd", (int64_t)o->counts.changed);
    json_put_int(&w, "ongewijzigd", (int64_t)o->counts.same);
    json_put_int(&w, "afgewezen", (int64_t)o->rejected);
    json_put_int(&w, "beeindigd", (int64_t)o->ended);
    json_put_int(&w, "ledenVerwijderd", (int64_t)o->left);
    if (o->rejected_path[0] != '\0') {
        json_put_text(&w, "afgewezenBestand", o->rejected_path);
    }
    json_end_object(&w);
    (void)printf("%.*s\n", (int)text.len, (const char *)text.ptr);
    buf_free(&text);
}

void import_print(const struct import_job *job, const struct import_outcome *outcome)
{
    if (args_flag(job->args, "json")) {
        print_json(outcome);
    } else {
        print_text(job, outcome);
    }
    (void)fflush(stdout);
}

static int one_file(const struct import_job *job)
{
    struct error err;
    struct import_outcome outcome;
    const enum result result = import_file(job, &outcome, &err);
    import_print(job, &outcome);
    if (result != RESULT_OK) {
        if (outcome.line != 0) {
            (void)fprintf(stderr, "gekomen tot regel %llu; lees hetzelfde bestand opnieuw in om het af te maken\n",
                          (unsigned long long)outcome.line);
        }
        return command_fail(&err);
    }
    return outcome.rejected == 0 ? EXIT_FINE : EXIT_REFUSED;
}

static enum result read_mapping(const char *path, struct mapping **out, struct error *err)
{
    struct buf text;
    if (path == NULL) {
        return RESULT_OK;
    }
    buf_init(&text, MAPPING_BYTES_MAX);
    enum result result = file_read(path, &text, err);
    if (result == RESULT_OK) {
        result = mapping_read(buf_slice(&text), path, out, err);
    }
    buf_free(&text);
    return result;
}

static enum result make_job(const struct args *args, struct mapping *mapping, struct import_job *job, struct error *err)
{
    const char *system = args_value(args, "bron");
    *job = (struct import_job){
        .args = args,
        .kind = adapter_named(args_value(args, "adapter")),
        .mapping = mapping,
        .system = system != NULL                                  ? system
                  : mapping != NULL && mapping->source[0] != '\0' ? mapping->source
                                                                  : "csv",
        .path = args->free_count == 1 ? args->free_words[0] : NULL,
        .rejected = args_value(args, "afgewezen"),
        .trial = args_flag(args, "proef") || args_flag(args, "dry-run"),
        .full = args_flag(args, "volledig") || (mapping != NULL && mapping->full),
        .many = args_flag(args, "veel-beeindigen"),
        .despite_rejected = args_flag(args, "ondanks-afgewezen"),
    };
    ENSURE(job->kind != NULL, err, FAULT_USAGE, "adapter", "toegestaan: %s", adapter_names());
    ENSURE(mapping_source_ok(job->system), err, FAULT_USAGE, "bron",
           "toegestaan: 1 tot en met 32 kleine letters, cijfers en streepjes");
    ENSURE((job->path != NULL) == (args_value(args, "volg") == NULL) && args->free_count <= 1, err, FAULT_USAGE,
           "BESTAND", "toegestaan: precies een bestand, of - voor de standaardinvoer, of --volg MAP");
    return RESULT_OK;
}

static int run(const struct args *args)
{
    struct error err;
    struct mapping *mapping = NULL;
    struct import_job job;
    int code = EXIT_FINE;
    if (read_mapping(args_value(args, "mapping"), &mapping, &err) != RESULT_OK ||
        make_job(args, mapping, &job, &err) != RESULT_OK) {
        code = command_fail(&err);
    } else {
        code = job.path != NULL ? one_file(&job) : import_watch(&job, args_value(args, "volg"));
    }
    mapping_free(mapping);
    return code;
}

static const struct option_row options[] = {
    {"adapter", "SOORT", true, "bronformaat: csv"},
    {"mapping", "BESTAND", false,
     "koppeling: hoe de kolommen van de bron de onze worden (adapters/koppeling.voorbeeld.ini)"},
    {"bron", "NAAM", false, "naam van het bronsysteem (anders die in de koppeling, anders csv)"},
    {"proef", NULL, false, "alleen zeggen wat er zou gebeuren"},
    {"dry-run", NULL, false, "hetzelfde als --proef"},
    {"volledig", NULL, false, "het bestand is alles wat de bron heeft: wat er niet in staat, is geeindigd"},
    {"veel-beeindigen", NULL, false, "ook als dat meer dan de helft is"},
    {"ondanks-afgewezen", NULL, false, "ook als er regels zijn afgewezen"},
    {"afgewezen", "BESTAND", false, "waar komt te staan wat is afgewezen (anders BESTAND.afgewezen.csv)"},
    {"volg", "MAP", false, "leest elk bestand in dat in deze map verschijnt, tot SIGTERM"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

const struct command command_import = {
    .name = "import",
    .summary = "leest personen en betrokkenheden uit een bronsysteem in",
    .free_words = "BESTAND",
    .options = options,
    .option_count = COUNT_OF(options),
    .example = "ketenbrug import --adapter csv --mapping leerlingvolgsysteem.ini leerlingen.csv",
    .run = run,
};
