select max(published_on) as last_on from core.information where published_on < :period_end
