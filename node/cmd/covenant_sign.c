/* `ketenbrug covenant sign | invite`: signs a document with a key that is not on the node. Needs no node, no
 * configuration, no network. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/limits.h"
#include "certs/jws.h"
#include "cmd/command.h"
#include "cmd/files.h"
#include "policy/agreement.h"

static enum result read_document(const char *path, struct covenant **out, struct error *err)
{
    struct fault_list faults = {0};
    CLEANUP(buf_free) struct buf text;
    buf_init(&text, COVENANT_BYTES_MAX);
    TRY(file_read(path, &text, err));
    if (covenant_parse(buf_slice(&text), out, &faults) != RESULT_OK) {
        FAIL(err, faults.items[0].fault, faults.items[0].where, "%s (%zu fouten)", faults.items[0].what, faults.count);
    }
    return RESULT_OK;
}

/* A new file, whole or not at all: who signed what is not overwritten. */
static enum result write_new(const char *path, struct slice content, struct error *err)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    ENSURE(fd >= 0, err, errno == EEXIST ? FAULT_CONFLICT : FAULT_IO, path, "kan niet worden gemaakt: %s",
           strerror(errno));
    size_t done = 0;
    while (done < content.len) {
        const ssize_t written = write(fd, content.ptr + done, content.len - done);
        if (written <= 0) {
            break;
        }
        done += (size_t)written;
    }
    const bool whole = done == content.len && fsync(fd) == 0;
    if (close(fd) != 0 || !whole) {
        (void)unlink(path);
        FAIL(err, FAULT_IO, path, "niet geheel geschreven");
    }
    return RESULT_OK;
}

static enum result fill(const struct args *args, const struct covenant *covenant, struct statement *out,
                        struct error *err)
{
    struct cert_identity signer;
    const char *type = args_value(args, "type");
    TRY(identity_of_file(args_value(args, "certificaat"), &signer, err));
    *out = (struct statement){.type = STATEMENT_INVITE, .oin = signer.oin};
    out->signed_at_s = clock_now(&system_clock) / 1000;
    (void)snprintf(out->hash, sizeof out->hash, "%s", covenant_hash(covenant));
    const struct party *party = covenant_party(covenant, &signer.oin);
    ENSURE(party != NULL, err, FAULT_INVALID, "certificaat", "deze organisatie is geen partij bij het convenant");
    if (type != NULL) {
        ENSURE(statement_parse(slice_text(type), &out->type) && out->type != STATEMENT_INVITE, err, FAULT_USAGE, "type",
               "toegestaan: accept, reject of revoke");
        return RESULT_OK;
    }
    ENSURE(oin_parse(slice_text(args_value(args, "genodigde")), &out->invitee), err, FAULT_USAGE, "genodigde",
           "toegestaan: 20 cijfers");
    ENSURE(covenant_party(covenant, &out->invitee) != NULL, err, FAULT_INVALID, "genodigde",
           "deze organisatie is geen partij bij het convenant: wie toetreedt, staat in de nieuwe versie");
    (void)snprintf(out->url, sizeof out->url, "%s", party->url);
    return RESULT_OK;
}

static enum result sign(const struct args *args, const struct covenant *covenant, struct error *err)
{
    struct statement statement;
    CLEANUP(buf_free) struct buf payload;
    CLEANUP(buf_free) struct buf jws;
    CLEANUP(buf_free) struct buf pem;
    CLEANUP(buf_free) struct buf out;
    buf_init(&payload, JWS_BYTES_MAX);
    buf_init(&jws, JWS_BYTES_MAX);
    buf_init(&pem, JWS_CERTIFICATE_MAX);
    buf_init(&out, HTTP_BODY_SMALL);
    TRY(fill(args, covenant, &statement, err));
    statement_write(&statement, &payload);
    TRY(buf_result(&payload, "inhoud", err));
    TRY(jws_sign(args_value(args, "certificaat"), args_value(args, "sleutel"), buf_slice(&payload), &jws, &pem, err));
    struct json_writer w = json_writer(&out);
    json_begin_object(&w, NULL);
    json_put_slice(&w, "jws", buf_slice(&jws));
    json_put_slice(&w, "certificaat", buf_slice(&pem));
    json_end_object(&w);
    buf_byte(&out, '\n');
    TRY(buf_result(&out, "handtekening", err));
    TRY(write_new(args_value(args, "uit"), buf_slice(&out), err));
    (void)printf("convenant     %s, versie %s\nvingerafdruk  %s\nondertekend   %s door %s op %s\n",
                 covenant_name(covenant), covenant_version(covenant), covenant_hash(covenant),
                 statement_text(statement.type), covenant_party(covenant, &statement.oin)->name,
                 moment_text(statement.signed_at_s * 1000).text);
    if (statement.type == STATEMENT_INVITE) {
        (void)printf("genodigde     %s\n", covenant_party(covenant, &statement.invitee)->name);
    }
    return RESULT_OK;
}

static int run(const struct args *args)
{
    struct error err;
    struct covenant *covenant = NULL;
    enum result result = read_document(args_value(args, "document"), &covenant, &err);
    if (result == RESULT_OK) {
        result = sign(args, covenant, &err);
    }
    covenant_free(covenant);
    return result == RESULT_OK ? EXIT_FINE : command_fail(&err);
}

#define OPTIONS_OF_SIGNING                                                                                             \
    {"document", "BESTAND", true, "het convenant, precies zoals het wordt ondertekend"},                               \
        {"sleutel", "BESTAND", true,                                                                                   \
         "de ondertekensleutel van uw organisatie (PEM, 0600); nooit die van het knooppunt"},                          \
        {"certificaat", "BESTAND", true, "het certificaat erbij, met uw OIN (PEM)"},                                   \
    {                                                                                                                  \
        "uit", "BESTAND", true, "hier komt de handtekening; wordt nooit overschreven"                                  \
    }

static const struct option_row sign_options[] = {
    OPTIONS_OF_SIGNING,
    {"type", "TYPE", true, "accept (aanvaarden), reject (afwijzen) of revoke (intrekken, voorgoed)"},
};

static const struct option_row invite_options[] = {
    OPTIONS_OF_SIGNING,
    {"genodigde", "OIN", true, "wie toetreedt; staat als partij in het document"},
};

const struct command command_covenant_sign = {
    .name = "covenant sign",
    .summary = "ondertekent een convenant, op een andere machine dan het knooppunt",
    .options = sign_options,
    .option_count = COUNT_OF(sign_options),
    .example = "ketenbrug covenant sign --document convenant.json --type accept --sleutel bestuur.key \\\n"
               "        --certificaat bestuur.pem --uit aanvaard.json",
    .run = run,
};

const struct command command_covenant_invite = {
    .name = "covenant invite",
    .summary = "nodigt een organisatie uit voor een nieuwe versie van het convenant",
    .options = invite_options,
    .option_count = COUNT_OF(invite_options),
    .example = "ketenbrug covenant invite --document versie-2.json --genodigde 00000099000000006000 \\\n"
               "        --sleutel bestuur.key --certificaat bestuur.pem --uit uitnodiging.json",
    .run = run,
};
