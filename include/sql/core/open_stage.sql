select core.open_stage(:entity)
