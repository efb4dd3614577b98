-- Calls after the grant was gone, before IAM enforced that everywhere.
-- Calls of actions that the principal may do anyway are standing use, and not in it.
-- ? from time: the first day of calls
-- ? from time: the first day of calls
-- ? to time: days of calls before it
SELECT u.used_on, u.elevation, e.requester, e.principal, e.account, e.entitlement, e.cause, e.gone_at, u.after_end, u.last_at, e.first_entry, e.last_entry
FROM latest_usage AS u
JOIN elevations AS e ON e.elevation = u.elevation
WHERE u.item = 'total'
  AND u.after_end > 0
  AND u.day >= SUBSTR(CAST(? AS varchar), 1, 10)
  AND u.last_at >= ? AND u.last_at < ?
ORDER BY u.after_end DESC, u.used_on, u.elevation
