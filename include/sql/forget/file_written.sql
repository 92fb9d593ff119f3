-- The new bytes stand for the old ones, wherever they arrived.
update ops.erased_file set new_sha256 = :new_sha256 where old_sha256 = :old_sha256;
update ops.source_file set sha256 = :new_sha256, size_bytes = :size_bytes where sha256 = :old_sha256;
update ops.remote_object set sha256 = :new_sha256 where sha256 = :old_sha256
