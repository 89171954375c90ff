/*
 * command.h - what a command is. The table of all commands is in main.c; a command is one file in node/cmd.
 *
 * Exit codes: 0 fine, 1 refused or failed, 2 wrong usage.
 */
#ifndef KETENBRUG_CMD_COMMAND_H
#define KETENBRUG_CMD_COMMAND_H

#include "cmd/args.h"

enum { EXIT_FINE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2 };

struct command {
    const char *name;       /* "serve", or two words: "pki issue" */
    const char *summary;    /* Dutch, one line */
    const char *free_words; /* what may follow the options, "" nothing */
    const struct option_row *options;
    size_t option_count;
    const char *example;
    int (*run)(const struct args *args);
};

/* Rows that many commands share. */
#define OPTION_CONFIG                                                                                                  \
    {                                                                                                                  \
        "config", "BESTAND", false, "configuratie (anders $KETENBRUG_CONFIG, anders /etc/ketenbrug/ketenbrug.ini)"     \
    }
#define OPTION_TOKEN                                                                                                   \
    {                                                                                                                  \
        "bewijs", "BESTAND", false, "bestand met uw toegangsbewijs (anders $KETENBRUG_BEWIJS)"                         \
    }
#define OPTION_JSON                                                                                                    \
    {                                                                                                                  \
        "json", NULL, false, "uitvoer als JSON"                                                                        \
    }

/* One function per command file: its row(s) in the table. */
extern const struct command command_serve;
extern const struct command command_check;
extern const struct command command_init;
extern const struct command command_pki_ca;
extern const struct command command_pki_issue;
extern const struct command command_pki_revoke;
extern const struct command command_pki_crl;
extern const struct command command_user_add;
extern const struct command command_user_change;
extern const struct command command_user_list;
extern const struct command command_subject_add;
extern const struct command command_subject_change;
extern const struct command command_subject_show;
extern const struct command command_household_add;
extern const struct command command_involvement_add;
extern const struct command command_involvement_change;
extern const struct command command_consent_add;
extern const struct command command_consent_withdraw;
extern const struct command command_consent_list;
extern const struct command command_consent_show;
extern const struct command command_consent_form;
extern const struct command command_authority_add;
extern const struct command command_authority_end;
extern const struct command command_capability_add;
extern const struct command command_care_add;
extern const struct command command_care_end;
extern const struct command command_objection_add;
extern const struct command command_objection_settle;
extern const struct command command_restriction_add;
extern const struct command command_restriction_lift;
extern const struct command command_correction_add;
extern const struct command command_correction_settle;
extern const struct command command_outbox_list;
extern const struct command command_outbox_retry;
extern const struct command command_inbox;
extern const struct command command_import;
extern const struct command command_consult;
extern const struct command command_signal_publish;
extern const struct command command_signal_list;
extern const struct command command_signal_withdraw;
extern const struct command command_signal_lead;
extern const struct command command_covenant_lint;
extern const struct command command_audit_keys;
extern const struct command command_audit_fields;
extern const struct command command_audit_export;
extern const struct command command_audit_list;
extern const struct command command_audit_search;
extern const struct command command_audit_show;
extern const struct command command_audit_verify;
extern const struct command command_audit_report;
extern const struct command command_audit_retention;
extern const struct command command_audit_destroy;
extern const struct command command_audit_hold;
extern const struct command command_audit_sample;
extern const struct command command_audit_findings;
extern const struct command command_audit_finding;
extern const struct command command_audit_note;
extern const struct command command_audit_close;
extern const struct command command_audit_reopen;
extern const struct command command_audit_block;
extern const struct command command_audit_unblock;
extern const struct command command_audit_blocks;
extern const struct command command_audit_staff;
extern const struct command command_covenant_sign;
extern const struct command command_covenant_invite;
extern const struct command command_covenant_add;
extern const struct command command_covenant_status;
extern const struct command command_backup;
extern const struct command command_restore;
extern const struct command command_status;
extern const struct command command_report_add;
extern const struct command command_report_decide;
extern const struct command command_report_close;
extern const struct command command_report_list;
extern const struct command command_order_add;
extern const struct command command_order_end;
extern const struct command command_order_list;
extern const struct command command_term_list;
extern const struct command command_task_send;
extern const struct command command_task_list;
extern const struct command command_task_show;
extern const struct command command_task_accept;
extern const struct command command_task_refuse;
extern const struct command command_task_start;
extern const struct command command_task_complete;
extern const struct command command_task_withdraw;
extern const struct command command_task_message;
extern const struct command command_task_dispatch;
extern const struct command command_task_remove;
extern const struct command command_task_break;
extern const struct command command_audit_watch;
extern const struct command command_regulation_show;
extern const struct command command_regulation_accept;
extern const struct command command_clock_reset;
extern const struct command command_matching_open;
extern const struct command command_figures_make;
extern const struct command command_matching_status;
extern const struct command command_covenant_show;
extern const struct command command_covenant_diff;
extern const struct command command_covenant_explain;
extern const struct command command_covenant_simulate;

/* Prints the fault to stderr and gives the exit code that fits: 2 for wrong usage, else 1. */
int command_fail(const struct error *err);

#endif
