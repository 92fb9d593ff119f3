select core.merge_submission(
    :submission_id, :file_id, :sender, :unit_code, :report_kind, :period_start, :period_end, :received_at)
