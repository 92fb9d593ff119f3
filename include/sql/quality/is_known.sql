-- A column of core_rows: whether the reference tables know a code.
coalesce(version.{column} in (select {key} from core.{table}), true) as {column}_is_known
