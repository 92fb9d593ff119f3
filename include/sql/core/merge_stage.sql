select core.merge_stage(:entity, :file_id, :known_from)
