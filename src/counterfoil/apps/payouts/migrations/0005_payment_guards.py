"""The guards of payment files (reference/trust.md 4): what no program may get past.

A payable goes one way only; a sealed file never changes; approvals are of this very hash and by
other people; a release needs two of them, the bank details in use and the file's own sums; bank
details move only along their states; batch numbers have no gap.
"""

from django.db import migrations

from counterfoil.foundation.guards import append_only, composite_key

FORWARD = """
-- A payable is on one live bill or one live payment, never both. The lock makes the two ways of
-- sealing wait for each other, so that neither looks past a row that is not committed yet.
CREATE FUNCTION payouts_one_way_lock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(7262, 1);
  RETURN NULL;
END $$;
CREATE TRIGGER payouts_one_way_lock BEFORE INSERT ON payouts_payment
  FOR EACH STATEMENT EXECUTE FUNCTION payouts_one_way_lock();
CREATE TRIGGER payouts_one_way_lock BEFORE INSERT ON payouts_bill
  FOR EACH STATEMENT EXECUTE FUNCTION payouts_one_way_lock();
CREATE FUNCTION payouts_one_way() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE found text;
BEGIN
  IF TG_TABLE_NAME = 'payouts_payment' THEN
    SELECT number INTO found FROM payouts_bill
      WHERE payable_ref = NEW.payable_ref AND partner_id = NEW.partner_id AND is_live LIMIT 1;
  ELSE
    SELECT end_to_end_id INTO found FROM payouts_payment
      WHERE payable_ref = NEW.payable_ref AND partner_id = NEW.partner_id AND is_live LIMIT 1;
  END IF;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION 'payable % is on % already', NEW.payable_ref, found
      USING ERRCODE = 'unique_violation', CONSTRAINT = 'payable_goes_one_way';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER payouts_one_way BEFORE INSERT ON payouts_payment
  FOR EACH ROW EXECUTE FUNCTION payouts_one_way();
CREATE TRIGGER payouts_one_way BEFORE INSERT ON payouts_bill
  FOR EACH ROW EXECUTE FUNCTION payouts_one_way();

CREATE FUNCTION payouts_never_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is never deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION payouts_file_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  moving CONSTANT text[] := ARRAY['state', 'is_unknown', 'released_by', 'released_at',
                                  'dispatched_at', 'receipt', 'closed_at'];
  approvals integer;
  wrong text;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'sealed' OR NEW.released_by <> '' OR NEW.is_unknown THEN
      RAISE EXCEPTION 'a payment file is sealed first'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_file_begins_sealed';
    END IF;
    RETURN NEW;
  END IF;
  IF to_jsonb(NEW) - moving IS DISTINCT FROM to_jsonb(OLD) - moving THEN
    RAISE EXCEPTION 'a sealed payment file never changes' USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.state <> OLD.state AND NOT (OLD.state || '>' || NEW.state) = ANY (ARRAY[
      'sealed>approved', 'sealed>void', 'approved>sealed', 'approved>released',
      'released>dispatched', 'dispatched>acked', 'dispatched>part_rejected',
      'dispatched>rejected', 'dispatched>settled', 'acked>part_rejected', 'acked>rejected',
      'acked>settled', 'part_rejected>rejected', 'part_rejected>settled', 'settled>dispatched',
      'settled>acked', 'settled>part_rejected', 'settled>closed', 'rejected>closed']) THEN
    RAISE EXCEPTION 'batch % is %, not to be %', OLD.message_id, OLD.state, NEW.state
      USING ERRCODE = 'restrict_violation', CONSTRAINT = 'payment_batch_moves';
  END IF;
  IF (NEW.released_by, NEW.released_at) IS DISTINCT FROM (OLD.released_by, OLD.released_at)
     AND NOT (OLD.state = 'approved' AND NEW.state = 'released') THEN
    RAISE EXCEPTION 'batch % was released once', OLD.message_id
      USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.state IN ('approved', 'released') AND NEW.state <> OLD.state THEN
    SELECT count(*) INTO approvals FROM payouts_batchapproval
      WHERE batch_id = NEW.id AND withdrawn_at IS NULL AND sha256 = NEW.sha256
        AND sha256 = encode(sha256(NEW.content), 'hex') AND approver <> NEW.sealed_by;
    IF approvals < 2 THEN
      RAISE EXCEPTION 'batch % has % of 2 approvals of this file', NEW.message_id, approvals
        USING ERRCODE = 'check_violation', CONSTRAINT = 'two_approvals_of_this_file';
    END IF;
    IF EXISTS (SELECT FROM payouts_batchfinding WHERE batch_id = NEW.id AND cleared_at IS NULL) THEN
      RAISE EXCEPTION 'a finding of batch % is not cleared', NEW.message_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'findings_cleared';
    END IF;
  END IF;
  IF NEW.state = 'released' AND OLD.state <> 'released' THEN
    IF NEW.released_by = '' OR NEW.released_at IS NULL THEN
      RAISE EXCEPTION 'a release names its person' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT FROM payouts_payoutstate WHERE is_locked) THEN
      RAISE EXCEPTION 'payouts are locked' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'payouts_locked';
    END IF;
    SELECT p.end_to_end_id INTO wrong FROM payouts_payment p
      LEFT JOIN payouts_bankdetail d ON d.id = p.bank_detail_id AND d.partner_id = p.partner_id
      LEFT JOIN payouts_payee y ON y.id = p.payee_id AND y.partner_id = p.partner_id
      WHERE p.batch_id = NEW.id AND (d.state IS DISTINCT FROM 'active'
        OR d.currency <> p.currency OR y.status IS DISTINCT FROM 'ready'
        OR y.replaced_at IS NOT NULL) LIMIT 1;
    IF wrong IS NOT NULL THEN
      RAISE EXCEPTION 'the payee or the bank details of % changed since the seal', wrong
        USING ERRCODE = 'check_violation', CONSTRAINT = 'details_unchanged_since_seal';
    END IF;
    IF (SELECT (count(*) FILTER (WHERE amount_minor > 0), sum(amount_minor))
          FROM payouts_payment WHERE batch_id = NEW.id AND is_live)
       IS DISTINCT FROM (SELECT (NEW.count::bigint, NEW.total_minor::numeric)) THEN
      RAISE EXCEPTION 'the payments of % are not its control sum', NEW.message_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'file_equals_payments';
    END IF;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER payouts_file_guard BEFORE INSERT OR UPDATE ON payouts_paymentbatch
  FOR EACH ROW EXECUTE FUNCTION payouts_file_guard();

CREATE FUNCTION payouts_approval_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE batch record;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF to_jsonb(NEW) - ARRAY['withdrawn_at', 'withdrawn_reason']
         IS DISTINCT FROM to_jsonb(OLD) - ARRAY['withdrawn_at', 'withdrawn_reason']
       OR OLD.withdrawn_at IS NOT NULL THEN
      RAISE EXCEPTION 'an approval never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
  END IF;
  SELECT state, sha256, sealed_by INTO batch FROM payouts_paymentbatch WHERE id = NEW.batch_id;
  IF batch.state <> 'sealed' OR NEW.withdrawn_at IS NOT NULL THEN
    RAISE EXCEPTION 'only a sealed batch is approved'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'approval_of_sealed';
  END IF;
  IF NEW.sha256 IS DISTINCT FROM batch.sha256 THEN
    RAISE EXCEPTION 'the approval is of another file'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'approval_of_this_file';
  END IF;
  IF NEW.approver = batch.sealed_by OR NEW.approver LIKE 'system:%' OR EXISTS (
      SELECT FROM payouts_payment p
        JOIN payouts_payee y ON y.id = p.payee_id
        JOIN payouts_bankdetail d ON d.id = p.bank_detail_id
        WHERE p.batch_id = NEW.batch_id
          AND NEW.approver IN (y.entered_by, d.proposed_by, d.callback_by)) THEN
    RAISE EXCEPTION '% made the batch or edited a payee of it', NEW.approver
      USING ERRCODE = 'check_violation', CONSTRAINT = 'approver_is_another_person';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER payouts_approval_guard BEFORE INSERT OR UPDATE ON payouts_batchapproval
  FOR EACH ROW EXECUTE FUNCTION payouts_approval_guard();

CREATE FUNCTION payouts_payment_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  moving CONSTANT text[] := ARRAY['state', 'is_live', 'settled_on', 'settled_count',
                                  'bank_reference', 'code', 'reason'];
  batch_state text;
BEGIN
  SELECT state INTO batch_state FROM payouts_paymentbatch WHERE id = NEW.batch_id;
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'sealed' OR batch_state IS DISTINCT FROM 'sealed' THEN
      RAISE EXCEPTION 'a payment begins in a sealed batch' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF to_jsonb(NEW) - moving IS DISTINCT FROM to_jsonb(OLD) - moving THEN
    RAISE EXCEPTION 'the money of a payment never changes' USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.state <> OLD.state AND (
      NOT (OLD.state || '>' || NEW.state) = ANY (ARRAY[
        'sealed>void', 'sealed>released', 'sealed>netted', 'released>accepted',
        'released>rejected', 'released>settled', 'accepted>rejected', 'accepted>settled',
        'settled>returned', 'settled>released'])
      OR (NEW.state = 'void') <> (batch_state = 'void')
      OR (OLD.state = 'sealed' AND NEW.state <> 'void' AND batch_state <> 'released')) THEN
    RAISE EXCEPTION 'payment % is %, not to be %', OLD.end_to_end_id, OLD.state, NEW.state
      USING ERRCODE = 'restrict_violation', CONSTRAINT = 'payment_moves';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER payouts_payment_guard BEFORE INSERT OR UPDATE ON payouts_payment
  FOR EACH ROW EXECUTE FUNCTION payouts_payment_guard();

CREATE FUNCTION payouts_detail_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  kept CONSTANT text[] := ARRAY['id', 'public_id', 'partner_id', 'currency', 'kind', 'holder',
    'bank_country', 'bic', 'masked', 'fingerprint', 'sealed', 'reason', 'proposed_by',
    'proposed_at', 'proposed_via'];
  key text;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'proposed' OR NEW.callback_by <> '' OR NEW.approved_by <> '' THEN
      RAISE EXCEPTION 'bank details are proposed first'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'bank_detail_begins_proposed';
    END IF;
    RETURN NEW;
  END IF;
  FOREACH key IN ARRAY kept LOOP
    IF to_jsonb(NEW) -> key IS DISTINCT FROM to_jsonb(OLD) -> key THEN
      RAISE EXCEPTION 'bank details are replaced, not changed'
        USING ERRCODE = 'restrict_violation', HINT = 'Propose new ones.';
    END IF;
  END LOOP;
  IF (NEW.state = OLD.state AND to_jsonb(NEW) IS DISTINCT FROM to_jsonb(OLD))
     OR (NEW.state <> OLD.state AND NOT (OLD.state || '>' || NEW.state) = ANY (ARRAY[
       'proposed>callback_done', 'proposed>refused', 'callback_done>cooling_off',
       'callback_done>refused', 'cooling_off>active', 'cooling_off>refused',
       'active>superseded'])) THEN
    RAISE EXCEPTION 'bank details % are %, not to be %', OLD.public_id, OLD.state, NEW.state
      USING ERRCODE = 'restrict_violation', CONSTRAINT = 'bank_detail_moves';
  END IF;
  IF OLD.state <> 'proposed' AND (NEW.callback_by, NEW.callback_number, NEW.callback_at)
       IS DISTINCT FROM (OLD.callback_by, OLD.callback_number, OLD.callback_at)
     OR OLD.state IN ('cooling_off', 'active')
        AND (NEW.approved_by, NEW.approved_at, NEW.cooling_off_until)
            IS DISTINCT FROM (OLD.approved_by, OLD.approved_at, OLD.cooling_off_until)
     OR OLD.state = 'active' AND NEW.active_at IS DISTINCT FROM OLD.active_at THEN
    RAISE EXCEPTION 'what was recorded of bank details never changes'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER payouts_detail_guard BEFORE INSERT OR UPDATE ON payouts_bankdetail
  FOR EACH ROW EXECUTE FUNCTION payouts_detail_guard();

CREATE FUNCTION payouts_once_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  moving text[];
  is_over boolean;
  sealed_by text;
BEGIN
  CASE TG_TABLE_NAME
    WHEN 'payouts_payablehold' THEN
      moving := ARRAY['lifted_by', 'lifted_at', 'lifted_reason'];
      is_over := OLD.lifted_at IS NOT NULL;
    WHEN 'payouts_batchfinding' THEN
      moving := ARRAY['cleared_by', 'cleared_at', 'note'];
      is_over := OLD.cleared_at IS NOT NULL;
      SELECT b.sealed_by INTO sealed_by FROM payouts_paymentbatch b WHERE b.id = NEW.batch_id;
      IF NEW.cleared_by = sealed_by OR NEW.cleared_by LIKE 'system:%' THEN
        RAISE EXCEPTION 'a finding is cleared by a person who did not make the batch'
          USING ERRCODE = 'check_violation', CONSTRAINT = 'finding_cleared_by_another';
      END IF;
    WHEN 'payouts_dispatch' THEN
      moving := ARRAY['state', 'place', 'done_by', 'done_at'];
      is_over := OLD.state = 'done';
    WHEN 'payouts_payeedocument' THEN
      moving := ARRAY['checked_by', 'checked_at', 'ended_at'];
      is_over := OLD.ended_at IS NOT NULL;
  END CASE;
  IF to_jsonb(NEW) - moving IS DISTINCT FROM to_jsonb(OLD) - moving
     OR (is_over AND to_jsonb(NEW) IS DISTINCT FROM to_jsonb(OLD)) THEN
    RAISE EXCEPTION 'a row of % never changes', TG_TABLE_NAME
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER payouts_once_guard BEFORE UPDATE ON payouts_payablehold
  FOR EACH ROW EXECUTE FUNCTION payouts_once_guard();
CREATE TRIGGER payouts_once_guard BEFORE UPDATE ON payouts_batchfinding
  FOR EACH ROW EXECUTE FUNCTION payouts_once_guard();
CREATE TRIGGER payouts_once_guard BEFORE UPDATE ON payouts_dispatch
  FOR EACH ROW EXECUTE FUNCTION payouts_once_guard();
CREATE TRIGGER payouts_once_guard BEFORE UPDATE ON payouts_payeedocument
  FOR EACH ROW EXECUTE FUNCTION payouts_once_guard();

CREATE FUNCTION payouts_dispatch_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM payouts_paymentbatch b WHERE b.id = NEW.batch_id
                   AND b.state NOT IN ('sealed', 'approved', 'void') AND b.sha256 = NEW.sha256) THEN
    RAISE EXCEPTION 'only the bytes of a released batch leave'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'dispatch_of_released';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER payouts_dispatch_guard BEFORE INSERT ON payouts_dispatch
  FOR EACH ROW EXECUTE FUNCTION payouts_dispatch_guard();

CREATE FUNCTION payouts_number_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.org <> OLD.org OR NEW.epoch < OLD.epoch OR NEW.epoch > OLD.epoch + 1
     OR (NEW.epoch = OLD.epoch AND NEW.next_seq NOT IN (OLD.next_seq, OLD.next_seq + 1))
     OR (NEW.epoch > OLD.epoch AND NEW.next_seq <> 1)
     OR (OLD.is_locked AND NOT NEW.is_locked
         AND (NEW.epoch = OLD.epoch OR NEW.unlocked_by IN ('', OLD.unlocked_by)
              AND NEW.unlocked_at IS NOT DISTINCT FROM OLD.unlocked_at)) THEN
    RAISE EXCEPTION 'batch numbers run on without a gap' USING ERRCODE = 'restrict_violation',
      CONSTRAINT = 'batch_numbers_gapless';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER payouts_number_guard BEFORE UPDATE ON payouts_payoutstate
  FOR EACH ROW EXECUTE FUNCTION payouts_number_guard();
"""
KEPT = (
    "paymentbatch", "payment", "batchapproval", "batchfinding", "dispatch", "bankdetail",
    "payablehold", "payeedocument", "payoutstate",
)  # fmt: skip
FORWARD += "".join(
    f"CREATE TRIGGER payouts_never_deleted BEFORE DELETE ON payouts_{name} "
    "FOR EACH ROW EXECUTE FUNCTION payouts_never_deleted();\n"
    for name in KEPT
)
BACKWARD = (
    "".join(f"DROP TRIGGER payouts_never_deleted ON payouts_{name};\n" for name in KEPT)
    + """
DROP TRIGGER payouts_one_way_lock ON payouts_payment;
DROP TRIGGER payouts_one_way_lock ON payouts_bill;
DROP TRIGGER payouts_one_way ON payouts_payment;
DROP TRIGGER payouts_one_way ON payouts_bill;
DROP TRIGGER payouts_file_guard ON payouts_paymentbatch;
DROP TRIGGER payouts_approval_guard ON payouts_batchapproval;
DROP TRIGGER payouts_payment_guard ON payouts_payment;
DROP TRIGGER payouts_detail_guard ON payouts_bankdetail;
DROP TRIGGER payouts_once_guard ON payouts_payablehold;
DROP TRIGGER payouts_once_guard ON payouts_batchfinding;
DROP TRIGGER payouts_once_guard ON payouts_dispatch;
DROP TRIGGER payouts_once_guard ON payouts_payeedocument;
DROP TRIGGER payouts_dispatch_guard ON payouts_dispatch;
DROP TRIGGER payouts_number_guard ON payouts_payoutstate;
DROP FUNCTION payouts_one_way_lock(), payouts_one_way(), payouts_never_deleted(),
  payouts_file_guard(), payouts_approval_guard(), payouts_payment_guard(),
  payouts_detail_guard(), payouts_once_guard(), payouts_dispatch_guard(),
  payouts_number_guard();
"""
)


class Migration(migrations.Migration):
    dependencies = [("payouts", "0004_payment_files")]
    operations = [
        composite_key(
            "payouts_payment", columns=("partner_id", "payee_id"), target="payouts_payee"
        ),
        composite_key(
            "payouts_payment",
            columns=("partner_id", "bank_detail_id"),
            target="payouts_bankdetail",
        ),
        append_only("payouts_ownaccount"),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
