-- The first elevations of a period with an outcome, by the time of the request.
-- ? outcome text: granted, denied, refused, lapsed, withdrawn, requested (it waits), approved, or any
-- ? outcome text: granted, denied, refused, lapsed, withdrawn, requested (it waits), approved, or any
-- ? outcome text: granted, denied, refused, lapsed, withdrawn, requested (it waits), approved, or any
-- ? from time: requested at or after it
-- ? to time: requested before it
-- ? most number: so many rows
SELECT elevation, requested_at, requester, requester_name, principal, entitlement, task_kind, task_id, state, granted_at, gone_at, first_entry, last_entry
FROM (
  SELECT elevation, requested_at, requester, requester_name, principal, entitlement, task_kind, task_id, state, granted_at, gone_at, first_entry, last_entry,
    ROW_NUMBER() OVER (ORDER BY requested_at, elevation) AS nth
  FROM elevations
  WHERE (? = 'any' OR state = ? OR ? = 'granted' AND granted_at IS NOT NULL)
    AND requested_at >= ? AND requested_at < ?
) AS ranked
WHERE nth <= ?
ORDER BY nth
