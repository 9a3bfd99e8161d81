"""Inquiries are append-only and within one partner; none is answered once it is over."""

from django.db import migrations

from counterfoil.foundation.guards import append_only, composite_key

OPEN = """
CREATE FUNCTION submissions_inquiry_open() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE standing text;
BEGIN
  SELECT s.state INTO standing FROM submissions_inquiry i
    JOIN submissions_submission s ON s.id = i.submission_id WHERE i.id = NEW.inquiry_id;
  IF standing IN ('decided', 'appealed', 'withdrawn', 'expired') THEN
    RAISE EXCEPTION 'the submission of this inquiry is %', standing
      USING ERRCODE = 'check_violation', CONSTRAINT = 'inquiry_before_decision';
  END IF;
  IF EXISTS (SELECT FROM submissions_inquirystep t
               WHERE t.inquiry_id = NEW.inquiry_id AND t.act = 'revoke') THEN
    RAISE EXCEPTION 'this inquiry was taken back'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'inquiry_not_revoked';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER submissions_inquiry_open BEFORE INSERT ON submissions_inquirystep
  FOR EACH ROW EXECUTE FUNCTION submissions_inquiry_open();
"""
UNDO = """
DROP TRIGGER submissions_inquiry_open ON submissions_inquirystep;
DROP FUNCTION submissions_inquiry_open();
"""


class Migration(migrations.Migration):
    dependencies = [("submissions", "0008_inquiries")]
    operations = [
        composite_key(
            "submissions_inquiry",
            columns=("partner_id", "submission_id"),
            target="submissions_submission",
        ),
        *(
            composite_key(
                f"submissions_{table}",
                columns=("partner_id", "inquiry_id"),
                target="submissions_inquiry",
            )
            for table in ("inquirylink", "inquirystep")
        ),
        *(
            append_only(f"submissions_{table}")
            for table in ("inquiry", "inquirylink", "inquirystep")
        ),
        migrations.RunSQL(OPEN, UNDO),
    ]
