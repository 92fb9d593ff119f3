select core.refresh_statistics()
