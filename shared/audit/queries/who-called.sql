-- Who called an action, or may have, in elevations and with standing privilege.
-- A day's record lists the most frequent actions. NULL calls: the action is not listed, but may be one of may_calls others.
-- ? action text: the action, as iam:CreateUser
-- ? from day: the first day of calls
-- ? from day: the first day of calls
-- ? to day: days of calls before it
SELECT u.used_on, u.principal, u.account, u.elevation, e.requester, e.requester_name, e.entitlement, e.task_kind, e.task_id, u.calls,
  CASE WHEN u.calls IS NULL THEN u.others END AS may_calls
FROM (
  SELECT chain, used_on, principal, account, elevation, SUM(CASE WHEN item = 'action' THEN events END) AS calls, MAX(unlisted_actions) AS others
  FROM latest_usage
  WHERE (item = 'action' AND name = ? OR item = 'total' AND unlisted_actions > 0)
    AND day >= ? AND used_on >= ? AND used_on < ?
  GROUP BY chain, used_on, principal, account, elevation
) AS u
LEFT JOIN elevations AS e ON e.elevation = u.elevation
ORDER BY u.used_on, u.principal, u.elevation NULLS FIRST
