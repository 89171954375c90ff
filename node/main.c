/* ketenbrug: the command table. A command is one file in node/cmd and one row here. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cmd/command.h"

static const struct command *const commands[] = {
    &command_serve,
    &command_check,
    &command_init,
    &command_consult,
    &command_signal_publish,
    &command_signal_list,
    &command_signal_withdraw,
    &command_signal_lead,
    &command_report_add,
    &command_report_decide,
    &command_report_close,
    &command_report_list,
    &command_order_add,
    &command_order_end,
    &command_order_list,
    &command_term_list,
    &command_task_send,
    &command_task_list,
    &command_task_show,
    &command_task_accept,
    &command_task_refuse,
    &command_task_start,
    &command_task_complete,
    &command_task_withdraw,
    &command_task_message,
    &command_task_dispatch,
    &command_task_remove,
    &command_task_break,
    &command_audit_watch,
    &command_regulation_show,
    &command_regulation_accept,
    &command_covenant_lint,
    &command_covenant_show,
    &command_covenant_diff,
    &command_covenant_explain,
    &command_covenant_simulate,
    &command_covenant_sign,
    &command_covenant_invite,
    &command_covenant_add,
    &command_covenant_status,
    &command_audit_keys,
    &command_audit_fields,
    &command_audit_export,
    &command_audit_list,
    &command_audit_search,
    &command_audit_show,
    &command_audit_verify,
    &command_audit_report,
    &command_audit_retention,
    &command_audit_destroy,
    &command_audit_hold,
    &command_audit_sample,
    &command_audit_findings,
    &command_audit_finding,
    &command_audit_note,
    &command_audit_close,
    &command_audit_reopen,
    &command_audit_block,
    &command_audit_unblock,
    &command_audit_blocks,
    &command_audit_staff,
    &command_status,
    &command_matching_status,
    &command_matching_open,
    &command_figures_make,
    &command_backup,
    &command_restore,
    &command_clock_reset,
    &command_import,
    &command_subject_add,
    &command_subject_change,
    &command_subject_show,
    &command_household_add,
    &command_involvement_add,
    &command_involvement_change,
    &command_consent_add,
    &command_consent_withdraw,
    &command_consent_list,
    &command_consent_show,
    &command_consent_form,
    &command_authority_add,
    &command_authority_end,
    &command_capability_add,
    &command_care_add,
    &command_care_end,
    &command_objection_add,
    &command_objection_settle,
    &command_restriction_add,
    &command_restriction_lift,
    &command_correction_add,
    &command_correction_settle,
    &command_outbox_list,
    &command_outbox_retry,
    &command_inbox,
    &command_user_add,
    &command_user_change,
    &command_user_list,
    &command_pki_ca,
    &command_pki_issue,
    &command_pki_revoke,
    &command_pki_crl,
};

/* Those named by two words, of which this is the first. */
static bool is_of(const struct command *command, const char *word)
{
    const size_t len = strlen(word);
    return strncmp(command->name, word, len) == 0 && command->name[len] == ' ';
}

static bool is_group(const char *word)
{
    size_t i = 0;
    while (i < COUNT_OF(commands) && !is_of(commands[i], word)) {
        i++;
    }
    return i < COUNT_OF(commands);
}

/* `group` NULL: all. */
static void print_commands(FILE *out, const char *group)
{
    (void)fprintf(out,
                  "ketenbrug " KETENBRUG_VERSION " - gegevens delen in het sociaal domein, zonder centrale index\n\n"
                  "Gebruik: ketenbrug OPDRACHT [OPTIES]\n\n");
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        if (group == NULL || is_of(commands[i], group)) {
            (void)fprintf(out, "  %-20s %s\n", commands[i]->name, commands[i]->summary);
        }
    }
    (void)fprintf(out, "\n`ketenbrug OPDRACHT --help` toont de opties en een voorbeeld.\n"
                       "Afsluitcodes: 0 in orde, 1 geweigerd of mislukt, 2 verkeerd gebruik.\n");
}

static void print_help(const struct command *command)
{
    (void)printf("ketenbrug %s: %s\n\nGebruik: ketenbrug %s [OPTIES]%s%s\n\n", command->name, command->summary,
                 command->name, command->free_words != NULL ? " " : "",
                 command->free_words != NULL ? command->free_words : "");
    for (size_t i = 0; i < command->option_count; i++) {
        const struct option_row *row = &command->options[i];
        char name[48];
        if (row->help == NULL) {
            continue;
        }
        (void)snprintf(name, sizeof name, "--%s%s%s", row->name, row->value != NULL ? " " : "",
                       row->value != NULL ? row->value : "");
        (void)printf("  %-24s %s%s\n", name, row->help, row->required ? " (verplicht)" : "");
    }
    (void)printf("  %-24s deze tekst\n\nVoorbeeld:\n    %s\n", "--help", command->example);
}

/* How many words of argv the command's name takes; 0: it is another command. */
static int name_words(const struct command *command, int argc, char **argv)
{
    const char *space = strchr(command->name, ' ');
    if (space == NULL) {
        return argc > 1 && strcmp(argv[1], command->name) == 0 ? 1 : 0;
    }
    const size_t len = (size_t)(space - command->name);
    return argc > 2 && strlen(argv[1]) == len && strncmp(argv[1], command->name, len) == 0 &&
                   strcmp(argv[2], space + 1) == 0
               ? 2
               : 0;
}

static int run_command(const struct command *command, int argc, char **argv)
{
    struct args args;
    struct error err;
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            print_help(command);
            return EXIT_FINE;
        }
    }
    if (args_parse(command->options, command->option_count, argc, argv, &args, &err) != RESULT_OK) {
        return command_fail(&err);
    }
    if (args.free_count != 0 && command->free_words == NULL) {
        /* The word is not repeated: it may be a number that belongs on the standard input. */
        (void)error_set(&err, FAULT_USAGE, command->name, "hier hoort geen los woord; zie --help");
        return command_fail(&err);
    }
    const int code = command->run(&args);
    if (code == EXIT_FINE && (fflush(stdout) != 0 || ferror(stdout) != 0)) {
        (void)error_set(&err, FAULT_IO, "uitvoer", "niet geheel geschreven: %s", strerror(errno));
        return command_fail(&err);
    }
    return code;
}

/* Personal data and keys stand in this memory: no core file of it, and no other process of this user reads it. */
static void keep_memory_private(void)
{
    const struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* Who starts it may have closed these: then the first file that is opened would get their number, and the log lines. */
static bool keep_standard_files(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd) {
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    keep_memory_private();
    if (!keep_standard_files()) {
        return EXIT_REFUSED;
    }
    if (argc < 2) {
        print_commands(stderr, NULL);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0) {
        print_commands(stdout, NULL);
        return EXIT_FINE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)printf("ketenbrug " KETENBRUG_VERSION "\n");
        return EXIT_FINE;
    }
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        const int words = name_words(commands[i], argc, argv);
        if (words != 0) {
            return run_command(commands[i], argc - 1 - words, argv + 1 + words);
        }
    }
    const bool group = is_group(argv[1]);
    if (group && argc > 2 && strcmp(argv[2], "--help") == 0) {
        print_commands(stdout, argv[1]);
        return EXIT_FINE;
    }
    (void)fprintf(stderr, "ketenbrug: %s: deze opdracht bestaat niet; `ketenbrug %s%s--help` toont wat er is\n",
                  argv[1], group ? argv[1] : "", group ? " " : "");
    return EXIT_USAGE;
}
