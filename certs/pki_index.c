/* The folder of a CA: its lock and its index. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "certs/pki_parts.h"

static const char *const valid_mark = "geldig";

void pki_ca_close(struct pki_ca *ca)
{
    X509_free(ca->certificate);
    EVP_PKEY_free(ca->key);
    if (ca->lock >= 0) {
        (void)close(ca->lock);
    }
    *ca = (struct pki_ca){.lock = -1};
}

enum result pki_ca_lock(const char *folder, bool make, struct pki_ca *out, struct error *err)
{
    *out = (struct pki_ca){.folder = folder, .lock = -1};
    ENSURE(!make || mkdir(folder, 0700) == 0 || errno == EEXIST, err, FAULT_IO, folder,
           "de map kan niet worden gemaakt");
    out->lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ENSURE(out->lock >= 0, err, FAULT_IO, folder, "de map kan niet worden geopend");
    int locked = -1;
    do {
        locked = flock(out->lock, LOCK_EX);
    } while (locked != 0 && errno == EINTR);
    ENSURE(locked == 0, err, FAULT_IO, folder, "de map kan niet worden vergrendeld");
    return RESULT_OK;
}

enum result pki_ca_open(const char *folder, struct pki_ca *out, struct error *err)
{
    TRY(pki_ca_lock(folder, false, out, err));
    struct certs_path path = {0};
    CLEANUP(x509s_drop) STACK_OF(X509) *chain = NULL;
    TRY(certs_path_join(folder, "ca.pem", &path, err));
    TRY(ossl_read_certificates(path.text, &chain, err));
    out->certificate = sk_X509_shift(chain);
    TRY(certs_path_join(folder, "ca.key", &path, err));
    return ossl_read_key(path.text, &out->key, err);
}

static enum result read_index(const struct pki_ca *ca, struct buf *out, struct error *err)
{
    struct certs_path path = {0};
    TRY(certs_path_join(ca->folder, "index.txt", &path, err));
    buf_init(out, (size_t)PKI_INDEX_MAX * PKI_LINE_MAX);
    return certs_file_read(path.text, out, err);
}

static enum result write_index(const struct pki_ca *ca, const struct buf *content, struct error *err)
{
    struct certs_path path = {0};
    TRY(certs_path_join(ca->folder, "index.txt", &path, err));
    ENSURE(buf_ok(content), err, FAULT_TOO_LARGE, path.text, "meer dan %d certificaten, of geen geheugen",
           PKI_INDEX_MAX);
    return certs_file_replace(path.text, 0644, buf_slice(content), err);
}

enum result pki_index_add(const struct pki_ca *ca, const char *serial, const struct oin *oin, struct error *err)
{
    CLEANUP(buf_free) struct buf content = {0};
    TRY(read_index(ca, &content, err));
    buf_format(&content, "%s %s %s\n", serial, oin_is_set(oin) ? oin->digits : "-", valid_mark);
    return write_index(ca, &content, err);
}

struct index_line {
    char serial[48];
    char oin[OIN_DIGITS + 1];
    char state[24];
};

/* Takes one word off the front of the line, up to a space or the end. */
static bool take_word(struct slice *line, char *out, size_t size)
{
    const uint8_t *space = line->len != 0 ? memchr(line->ptr, ' ', line->len) : NULL;
    const size_t len = space != NULL ? (size_t)(space - line->ptr) : line->len;
    const bool fits = len != 0 && slice_copy_text(slice_of(line->ptr, len), out, size);
    const size_t used = space != NULL ? len + 1 : len;
    *line = slice_of(line->ptr + used, line->len - used);
    return fits;
}

/* The line at *at; false at the end. A line that does not parse is a fault: an index that is half read would make a
 * CRL that forgets. */
static enum result next_line(const struct buf *content, size_t *at, struct index_line *out, bool *more,
                             struct error *err)
{
    *more = *at < content->len;
    if (!*more) {
        return RESULT_OK;
    }
    const uint8_t *from = content->ptr + *at;
    const uint8_t *end = memchr(from, '\n', content->len - *at);
    ENSURE(end != NULL, err, FAULT_CERTIFICATE, "index.txt", "de laatste regel is niet af");
    struct slice line = slice_of(from, (size_t)(end - from));
    *at += line.len + 1;
    ENSURE(take_word(&line, out->serial, sizeof out->serial) && take_word(&line, out->oin, sizeof out->oin) &&
               take_word(&line, out->state, sizeof out->state) && line.len == 0,
           err, FAULT_CERTIFICATE, "index.txt", "een regel is niet: serienummer, OIN, stand");
    return RESULT_OK;
}

enum result pki_index_revoke(const struct pki_ca *ca, const char *serial, int64_t now_s, struct error *err)
{
    CLEANUP(buf_free) struct buf content = {0};
    CLEANUP(buf_free) struct buf changed;
    buf_init(&changed, (size_t)PKI_INDEX_MAX * PKI_LINE_MAX);
    TRY(read_index(ca, &content, err));
    bool found = false;
    bool more = true;
    for (size_t at = 0; more;) {
        struct index_line line;
        TRY(next_line(&content, &at, &line, &more, err));
        if (!more) {
            break;
        }
        if (strcmp(line.serial, serial) == 0) {
            ENSURE(strcmp(line.state, valid_mark) == 0, err, FAULT_CONFLICT, serial, "was al ingetrokken");
            found = true;
            buf_format(&changed, "%s %s %" PRId64 "\n", line.serial, line.oin, now_s);
        } else {
            buf_format(&changed, "%s %s %s\n", line.serial, line.oin, line.state);
        }
    }
    ENSURE(found, err, FAULT_NOT_FOUND, serial, "is hier niet uitgegeven");
    return write_index(ca, &changed, err);
}

enum result pki_index_each_revoked(const struct pki_ca *ca,
                                   enum result (*each)(void *ctx, const char *serial, int64_t at_s, struct error *err),
                                   void *ctx, struct error *err)
{
    CLEANUP(buf_free) struct buf content = {0};
    TRY(read_index(ca, &content, err));
    bool more = true;
    for (size_t at = 0; more;) {
        struct index_line line;
        TRY(next_line(&content, &at, &line, &more, err));
        if (more && strcmp(line.state, valid_mark) != 0) {
            char *end = NULL;
            errno = 0;
            const long long moment = strtoll(line.state, &end, 10);
            ENSURE(errno == 0 && *end == '\0', err, FAULT_CERTIFICATE, "index.txt", "een moment is geen getal");
            TRY(each(ctx, line.serial, moment, err));
        }
    }
    return RESULT_OK;
}
