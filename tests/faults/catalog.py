"""Every fault that was planted into the program, and the test that catches it.

The page docs/explanation/planted-faults.md says the same in words; test_planted.py keeps this
table, the page and the tests together.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One fault: its name on the page, and the test as `file::function`."""

    name: str
    test: str


FAULTS = (
    # Partners apart.
    Fault(
        "forgotten filter",
        "crawl/test_isolation.py::"
        "test_a_forgotten_filter_is_found_by_the_crawl_and_held_by_the_database",
    ),
    Fault(
        "both walls down",
        "crawl/test_isolation.py::test_with_both_walls_down_the_crawl_finds_the_leaks",
    ),
    Fault(
        "route that nobody listed",
        "crawl/test_isolation.py::test_a_route_that_the_table_lacks_is_seen",
    ),
    Fault(
        "missing policy",
        "apps/test_wall_faults.py::test_a_wall_that_was_taken_down_is_a_reason_not_to_start",
    ),
    Fault(
        "role not reset",
        "apps/test_wall_faults.py::"
        "test_a_role_that_is_not_given_back_is_seen_within_an_outer_transaction",
    ),
    Fault(
        "session-level SET",
        "apps/test_wall_faults.py::"
        "test_a_partner_set_for_the_session_leaks_into_the_next_request_and_is_seen",
    ),
    Fault("plain foreign key", "crawl/test_catalog.py::test_these_queries_see_planted_faults"),
    Fault(
        "table without declaration",
        "apps/test_wall_faults.py::test_a_new_table_without_a_declaration_stops_the_script",
    ),
    # Authority.
    Fault(
        "self-approval",
        "flows/test_decide.py::"
        "test_planted_self_approval_without_the_service_check_is_stopped_by_the_database",
    ),
    Fault(
        "approval of one's own lines",
        "flows/test_decide.py::"
        "test_planted_approval_of_lines_by_who_entered_them_is_stopped_by_the_database",
    ),
    Fault(
        "stale screening accepted",
        "flows/test_decide.py::test_planted_stale_approval_is_stopped_by_the_database",
    ),
    Fault(
        "decision that nobody approved",
        "flows/test_decide.py::test_planted_decision_that_nobody_approved_is_stopped_by_the_database",
    ),
    Fault(
        "release by the maker",
        "flows/test_settle_bill.py::"
        "test_planted_fault_a_release_without_its_check_is_stopped_by_the_database",
    ),
    Fault(
        "publication by the author",
        "apps/playbooks/test_versions.py::"
        "test_planted_publication_by_the_author_is_stopped_by_the_database",
    ),
    Fault(
        "role without a giver",
        "apps/access/test_roles.py::test_planted_role_without_a_giver_is_stopped_by_the_database",
    ),
    Fault(
        "publication by a co-author",
        "apps/playbooks/test_versions.py::"
        "test_who_wrote_a_part_of_it_does_not_publish_it_after_another_saved_it",
    ),
    # Money.
    Fault(
        "half-up for half-even",
        "flows/test_earn_funds.py::"
        "test_planted_fault_half_up_for_half_even_is_caught_by_the_recomputation",
    ),
    Fault(
        "unlocked budget race",
        "apps/ledger/test_races.py::"
        "test_planted_fault_without_the_row_lock_more_than_ten_get_through",
    ),
    Fault(
        "edited ledger row",
        "apps/ledger/test_tracker.py::test_planted_fault_an_edited_ledger_row_is_named",
    ),
    Fault(
        "drawn below zero by a unit",
        "apps/ledger/test_volume.py::"
        "test_planted_fault_an_account_drawn_below_zero_by_one_unit_is_a_violation",
    ),
    Fault(
        "another payload under a known key",
        "apps/ledger/test_volume.py::"
        "test_planted_fault_another_payload_taken_for_a_repeat_is_a_violation",
    ),
    Fault(
        "repeat posted again",
        "apps/ledger/test_volume.py::"
        "test_planted_fault_a_repeat_that_is_posted_again_is_a_violation",
    ),
    Fault(
        "entry of another amount",
        "apps/ledger/test_volume.py::test_planted_fault_an_entry_of_another_amount_is_a_violation",
    ),
    Fault(
        "late legs",
        "apps/ledger/test_guards_after_commit.py::"
        "test_planted_fault_without_the_closing_rule_a_late_pair_slips_in",
    ),
    Fault(
        "paid beyond the claim",
        "flows/test_decide.py::"
        "test_planted_wrong_payable_beyond_the_requested_is_stopped_by_the_database",
    ),
    Fault(
        "invoice key without normalization",
        "faults/test_planted.py::test_an_invoice_key_without_normalization_is_caught",
    ),
    # Blind second reviews.
    Fault(
        "draw forgotten at the decision",
        "flows/test_review_blind.py::"
        "test_planted_fault_a_flow_that_forgets_the_draw_is_stopped_by_the_database",
    ),
    Fault(
        "first verdict shown to the second",
        "flows/test_review_blind.py::"
        "test_planted_fault_a_page_that_shows_the_first_verdict_is_seen",
    ),
    # Dry-run audits.
    Fault(
        "audit by the decider",
        "flows/test_engage.py::"
        "test_planted_fault_without_the_service_check_the_database_refuses_the_decider",
    ),
    Fault(
        "closed audit edited",
        "flows/test_engage.py::test_planted_faults_past_the_services_are_refused_by_the_database",
    ),
    Fault(
        "audit that touches something",
        "flows/test_engage.py::test_planted_fault_a_row_changed_elsewhere_is_seen",
    ),
    Fault(
        "bound without its margin",
        "core/sampling/test_evaluation.py::"
        "test_planted_fault_a_bound_without_its_margin_is_caught",
    ),
    Fault(
        "found taken for the truth",
        "core/sampling/test_evaluation.py::"
        "test_planted_fault_a_bound_that_takes_what_was_found_for_the_truth_is_caught",
    ),
    Fault(
        "pack of an audit edited",
        "flows/test_export_engagement.py::"
        "test_planted_faults_in_a_pack_are_named_by_both_programs",
    ),
    # Payment files and bank details.
    Fault(
        "payable on two payments",
        "faults/test_payment_faults.py::test_a_payable_on_two_payments_is_refused_by_the_index",
    ),
    Fault(
        "index of live payments dropped",
        "faults/test_payment_faults.py::test_a_dropped_index_is_seen_by_the_check_of_the_records",
    ),
    Fault(
        "line matched twice",
        "faults/test_bank_kills.py::test_without_its_key_a_line_matched_twice_is_seen_by_the_check",
    ),
    Fault(
        "approval not bound to the file",
        "faults/test_payment_faults.py::"
        "test_a_file_without_two_approvals_of_its_bytes_is_held_by_the_database",
    ),
    Fault(
        "batch approved by its maker",
        "faults/test_payment_faults.py::"
        "test_approval_by_the_maker_or_an_editor_is_held_by_the_database",
    ),
    Fault(
        "cooling-off skipped",
        "faults/test_payment_faults.py::"
        "test_bank_details_in_use_before_their_time_are_held_by_the_database",
    ),
    Fault(
        "bank details approved by who proposed them",
        "faults/test_payment_faults.py::"
        "test_approval_of_ones_own_bank_details_is_held_by_the_database",
    ),
    Fault(
        "file name with a time",
        "faults/test_payment_faults.py::"
        "test_a_file_name_with_a_time_gives_a_second_file_and_is_caught",
    ),
    Fault(
        "writer adds a cent",
        "faults/test_payment_faults.py::"
        "test_a_writer_that_adds_a_cent_is_stopped_by_the_independent_reader",
    ),
    Fault(
        "bytes swapped after approval",
        "faults/test_payment_faults.py::"
        "test_bytes_that_were_swapped_past_the_trigger_are_never_released",
    ),
    Fault(
        "released to replaced bank details",
        "faults/test_payment_faults.py::"
        "test_a_release_to_replaced_bank_details_is_held_by_the_database",
    ),
    Fault(
        "approval forged past the program",
        "faults/test_payment_attacks.py::"
        "test_without_the_look_into_the_log_a_forged_approval_sends_the_file",
    ),
    Fault(
        "folder that forgets what was sent",
        "faults/test_payment_attacks.py::"
        "test_without_its_memory_the_folder_lets_the_restored_database_pay_twice",
    ),
    Fault(
        "proof of a close changed",
        "faults/test_payment_attacks.py::test_a_closed_batch_proves_its_close",
    ),
    # Verdicts and time.
    Fault(
        "provenance floor ignored",
        "core/adjudication/test_adjudication.py::test_a_forgotten_floor_is_caught",
    ),
    Fault(
        "two-valued logic",
        "core/criteria/test_verdicts.py::"
        "test_an_engine_that_takes_missing_for_false_fails_the_tables_of_kleene",
    ),
    Fault("clock not paused", "faults/test_planted.py::test_a_clock_that_never_pauses_is_caught"),
    # The record.
    Fault(
        "deleted newest audit row",
        "flows/test_verify_log.py::test_the_newest_row_deleted_beneath_its_leaf_is_named",
    ),
    Fault(
        "record changed around the product",
        "flows/test_verify_records.py::test_planted_edits_of_what_was_decided_are_named",
    ),
    Fault(
        "role, payee or payment changed around the product",
        "flows/test_verify_records.py::test_planted_edits_of_roles_payees_and_bills_are_named",
    ),
    Fault(
        "commission, statement or bank line changed around the product",
        "crawl/test_edited_records.py::"
        "test_the_stage_is_as_the_log_says_and_every_edit_of_it_is_named",
    ),
    Fault(
        "key order in the hash",
        "flows/test_replay.py::test_planted_order_of_keys_in_the_hash_is_found_by_replay",
    ),
    Fault(
        "unsorted canonical bytes",
        "faults/test_planted.py::test_canonical_bytes_in_order_of_insertion_are_caught",
    ),
    Fault(
        "evidence overwritten",
        "faults/test_planted.py::test_a_store_that_overwrites_is_caught",
    ),
    # What comes in and goes out.
    Fault(
        "upload limit off",
        "adapters/test_reader_sandbox.py::test_the_planted_fault_of_a_limit_switched_off_is_seen",
    ),
    Fault(
        "XML entities expanded",
        "adapters/test_reader_sandbox.py::"
        "test_the_planted_fault_of_a_plain_xml_parser_expands_the_entities",
    ),
    Fault(
        "formula guard off",
        "adapters/test_tabular_writing.py::"
        "test_the_planted_writer_without_a_guard_lets_the_payload_through",
    ),
    Fault("import half taken", "faults/test_planted.py::test_an_import_half_taken_is_caught"),
    Fault("import taken twice", "faults/test_planted.py::test_an_import_taken_twice_is_caught"),
    Fault(
        "closed month looked past",
        "flows/test_close_month.py::"
        "test_planted_service_that_looks_away_is_stopped_by_the_database",
    ),
    Fault(
        "lapse of what is claimed",
        "flows/test_lapse_funds.py::"
        "test_planted_forgotten_look_at_open_claims_takes_the_money_of_one",
    ),
    # The processes.
    Fault(
        "orphan on the port",
        "faults/test_lifecycle.py::"
        "test_a_child_outlives_its_killed_parent_unless_it_asks_for_the_opposite",
    ),
    Fault(
        "half-made database",
        "faults/test_lifecycle.py::"
        "test_a_first_start_killed_before_the_grants_is_finished_by_the_next_command",
    ),
    Fault(
        "sums that don't make the posted figure",
        "flows/test_issue_statements.py::test_planted_wrong_sums_of_a_run_are_not_shown_as_groups",
    ),
    Fault(
        "answer by the partner's role",
        "flows/test_answer_questions.py::"
        "test_planted_answer_by_the_partners_role_is_stopped_by_the_database",
    ),
    # Account executives.
    Fault(
        "mailed secret kept in clear",
        "flows/test_ask_account_executive.py::"
        "test_planted_token_in_clear_is_stopped_by_the_database",
    ),
    Fault(
        "answer after the decision",
        "flows/test_ask_account_executive.py::"
        "test_planted_answer_after_the_decision_is_stopped_by_the_database",
    ),
    Fault(
        "answer by a revoked link",
        "flows/test_ask_account_executive.py::"
        "test_planted_replay_after_revocation_is_stopped_by_the_database",
    ),
    Fault(
        "page that answers when opened",
        "doors/test_inquiry_doors.py::test_planted_get_that_answers_is_seen_by_the_scanner_test",
    ),
    Fault(
        "link that opens any question",
        "doors/test_inquiry_doors.py::test_planted_link_that_opens_any_question_is_seen",
    ),
    Fault(
        "guessing without a limit",
        "doors/test_inquiry_doors.py::test_planted_guessing_without_a_limit_is_seen",
    ),
    Fault(
        "log with the secret of a link",
        "doors/test_inquiry_doors.py::test_planted_log_that_masks_nothing_is_seen",
    ),
    # Commissions.
    Fault(
        "wrong factor in the engine",
        "flows/test_tour_of_commissions.py::"
        "test_a_slice_of_the_tour_ends_with_every_statement_true_and_sees_planted_faults",
    ),
    Fault(
        "wrong direction of a rate",
        "apps/earnings/test_engines.py::test_a_wrong_rate_in_the_text_is_seen",
    ),
)
