select state from ops.notice where notice_key = :notice_key
