insert into indicator
values (:code, :position, :parts, :has_platform, :has_submission, :has_units, :places, :base,
        :base_needs_platform)
